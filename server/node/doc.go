// Package node makes a server one of several on a shared database. It keeps this node's share of the shards, has the
// engine take them up and give them away, and passes requests on to the node that works for their account.
//
// Start at nodes.go; share.go decides who should have how much, pass.go passes requests on, sign.go is how nodes know
// each other.
package node
