-- Dense numbers by name, and facts about the installation as a whole (such as its key's check value).

CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    last BIGINT NOT NULL
);

CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
);
