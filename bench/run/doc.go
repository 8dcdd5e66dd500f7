// Command run is make bench: it measures Paceline beside the plain-Go reference on this machine, now.
//
// It builds both programs, starts Paceline on SQLite (and on PostgreSQL when there is one), sets W1 up
// over the public API alone, and then runs interleaved pairs, so that whatever disturbs the machine
// disturbs both. The table and the one line of JSON at the end hold medians with their spread; the
// fdatasync time and the raw-log rate of the same minutes say what the disk allowed.
package main
