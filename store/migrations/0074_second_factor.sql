-- What a console user's authenticator app shares with the server, sealed, and whether its first code was shown.

CREATE TABLE second_factor (
    partner_id BIGINT   NOT NULL,
    person_id  TEXT     NOT NULL,
    sealed     BLOB     NOT NULL,
    confirmed  SMALLINT NOT NULL,
    PRIMARY KEY (partner_id, person_id)
);
