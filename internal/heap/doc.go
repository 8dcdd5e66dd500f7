// Package heap keeps the garbage collector from running again and again over a small heap.
//
// The collector starts when the heap has doubled. A busy server whose live data are a dozen megabytes would so
// collect several times in a second; a block that is reserved and never touched counts as live, which costs
// addresses but no memory, and fades when the live data are large.
package heap
