"""The four services and the chassis they share."""
