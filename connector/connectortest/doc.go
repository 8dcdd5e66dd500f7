// Package connectortest plays the fixtures of a connector's folder and offers a remote that misbehaves.
//
// RunFolder sends each method of a fixture to a canned answer and compares the request and the rows;
// Remote is a real HTTP server of this process whose answers are scripted: throttling, redirects, wrong
// types, endless and broken bodies, tokens that rotate. Start with folder.go and remote.go.
package connectortest
