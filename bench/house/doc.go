// Command house runs rooms of Paceline in its own process, for what cannot be measured from outside.
//
// noop carries transactions of four calls over a remote that answers at once, and backlog a small
// account's beside a large one's; what is left is the engine and the store. The other jobs fill a database
// for a server that is measured afterwards: with waiting transactions, with finished ones, with cycles
// that only wait. Everything goes through the rooms and the store as in a server; only the network is left
// out. scripts runs scripts in worker processes. Each job prints one line of JSON.
package main
