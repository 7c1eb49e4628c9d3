-- Sign-ins that ended before their time. The service that signs people in decides; the others keep a copy, so that
-- they know of them when they start while it is away.
CREATE TABLE revocation (
    subject       text PRIMARY KEY,          -- SHA-256 of what is revoked: a token, a user's tokens, or everybody's
    issued_before timestamptz NOT NULL,      -- tokens issued until then are refused
    expires_at    timestamptz NOT NULL       -- then every token it speaks of has expired by itself
);

-- Sign-in links that have been used, until they would have expired. Only where people sign in.
CREATE TABLE used_link (
    link_id    text PRIMARY KEY,
    expires_at timestamptz NOT NULL
);
