-- Objects under which the methods of a category are offered again are chosen by steps; nothing was ever written here.
DROP TABLE object_copy;
