package heap

// floorBytes is about the garbage that may gather before a collection of a small heap.
const floorBytes = 64 << 20

// floor is never read: it only has to be there.
var floor []byte

// RaiseFloor reserves the block, once for the process. It is for programs that carry transactions.
func RaiseFloor() {
	if floor == nil {
		floor = make([]byte, floorBytes)
	}
}
