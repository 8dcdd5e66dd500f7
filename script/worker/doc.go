// Package worker is the process that runs scripts: one virtual machine for each script, made anew each time.
//
// Main reads runs from a pipe and answers on another (package wire). Before the first run it gives up whatever
// the system lets it give up (sandbox_linux.go): files, network, other processes, memory beyond a bound. The
// limits that it keeps by itself are for a good error; the server keeps them again and ends the process.
//
// machine.go runs a script, boot.js is what scripts find there, native.go and its neighbours compute what boot.js
// leaves to Go, library.go knows the libraries that scripts may name.
package worker
