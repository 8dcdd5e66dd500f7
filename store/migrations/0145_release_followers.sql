-- Whether cycles follow a release is asked before it is deleted: of all accounts at once.
CREATE INDEX cycle_of_release ON cycle (template_release_id) WHERE template_release_id <> '';
