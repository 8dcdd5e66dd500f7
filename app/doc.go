// Package app wires the rooms together: from a Config it builds everything, starts it in order and stops
// it in reverse.
//
// It holds no rule of the product. Its own matters are those of one process: the configuration, the
// installation key, the first start, the ready file, health, and the commands that an operator gives.
// Start with config.go, then base.go (database and keys) and app.go (the server around them).
package app
