// Package sshconn signs in to SSH servers whose key is known beforehand: for tunnels to databases, and for files. Start
// with dial.go.
package sshconn
