-- Doors of insatser that are shut for a while. A row goes when the door opens again.
CREATE TABLE paused_door (
    insats    text NOT NULL,
    door      text NOT NULL,
    paused_on date NOT NULL,
    PRIMARY KEY (insats, door)
);
