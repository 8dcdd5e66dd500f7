package paceline

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// EdgeType is the exit of the tail step that an edge leaves by.
type EdgeType string

// The types of edges, in the words of the API. Default and the cases are a switch's.
const (
	EdgeForward EdgeType = "Forward"
	EdgeTrue    EdgeType = "True"
	EdgeFalse   EdgeType = "False"
	EdgeDefault EdgeType = "Default"
)

// The exits of rows by which no edge leaves.
const (
	// ExitSplit is that of a row whose list was split: the children go on.
	ExitSplit EdgeType = "Split"
	// ExitSeveral is that of a decision which divided a list: the row's Progress is a Partition, which says by
	// which exits the path goes on, and with which items.
	ExitSeveral EdgeType = "Several"
	// ExitAsk is that of a row whose job the remote works on: its next call only asks.
	ExitAsk EdgeType = "Ask"
	// ExitEnd is that of a row whose path ends: a webhook step in the middle of a flow once no delivery can come
	// any more, or a step that is told to end it for lack of data.
	ExitEnd EdgeType = "End"
	// ExitWaits is that of a path which has come to a Wait All step, ExitGathered that of one whose step has fired
	// while the transaction waited at another, too.
	ExitWaits    EdgeType = "Waits"
	ExitGathered EdgeType = "Gathered"
)

const casePrefix = "Case"

// maxCaseNumber bounds the numbers of a switch's cases.
const maxCaseNumber = 999

// CaseExit is the exit of a switch's case with the number: Case1, Case2 and so on. The number is the case's own,
// whatever its place and name.
func CaseExit(n int) EdgeType { return EdgeType(casePrefix + strconv.Itoa(n)) }

// Case returns the number of a switch's case, 0 for other exits.
func (e EdgeType) Case() int {
	digits, ok := strings.CutPrefix(string(e), casePrefix)
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 || n > maxCaseNumber || strconv.Itoa(n) != digits {
		return 0
	}
	return n
}

// exitNumbers are the exits as the store knows them. Cases begin at firstCase.
var exitNumbers = []EdgeType{EdgeForward, EdgeTrue, EdgeFalse, ExitSplit, ExitSeveral, EdgeDefault, ExitAsk, ExitEnd, ExitWaits, ExitGathered}

const firstCase = 100

// Number is how the store writes an exit; "" is Forward.
func (e EdgeType) Number() int {
	if n := e.Case(); n > 0 {
		return firstCase + n
	}
	return max(0, slices.Index(exitNumbers, e))
}

// ExitOf is the reverse of Number.
func ExitOf(n int) EdgeType {
	switch {
	case n > firstCase:
		return CaseExit(n - firstCase)
	case n > 0 && n < len(exitNumbers):
		return exitNumbers[n]
	}
	return EdgeForward
}

// Partition says by which exit each item of a list left a decision or a switch. It is what the row keeps, so that
// the branches see the same items whenever they are looked at.
type Partition struct {
	Exits []EdgeType // taken, in the order of the step's exits
	items int
	width int
	bits  []byte
}

// NewPartition gives item i the exit of[i], an index into exits. Exits that no item takes are left out.
func NewPartition(exits []EdgeType, of []int) Partition {
	place := make([]int, len(exits))
	for i := range place {
		place[i] = -1
	}
	for _, e := range of {
		place[e] = 0
	}
	var p Partition
	for i, e := range exits {
		if place[i] == 0 {
			place[i] = len(p.Exits)
			p.Exits = append(p.Exits, e)
		}
	}
	p.items, p.width = len(of), widthOf(len(p.Exits))
	p.bits = make([]byte, (p.items*p.width+7)/8)
	for i, e := range of {
		for b := range p.width {
			if place[e]>>b&1 != 0 {
				at := i*p.width + b
				p.bits[at/8] |= 1 << (at % 8)
			}
		}
	}
	return p
}

func widthOf(exits int) int { return bits.Len(uint(max(0, exits-1))) }

// Encode writes the partition for the row.
func (p Partition) Encode() []byte {
	b := binary.AppendUvarint(nil, uint64(len(p.Exits)))
	for _, e := range p.Exits {
		b = binary.AppendUvarint(b, uint64(e.Number()))
	}
	return append(binary.AppendUvarint(b, uint64(p.items)), p.bits...)
}

var errPartition = errors.New("the division of a list cannot be read")

// ParsePartition reads what Encode wrote.
func ParsePartition(b []byte) (p Partition, err error) {
	next := func() int {
		v, n := binary.Uvarint(b)
		if n <= 0 || v > 1<<31 {
			err = errPartition
			return 0
		}
		b = b[n:]
		return int(v)
	}
	for n := next(); n > 0 && err == nil; n-- {
		p.Exits = append(p.Exits, ExitOf(next()))
	}
	p.items, p.width = next(), widthOf(len(p.Exits))
	if p.bits = b; err != nil || len(p.bits) != (p.items*p.width+7)/8 {
		return Partition{}, errPartition
	}
	return p, nil
}

// Takes reports whether some item left by the exit.
func (p Partition) Takes(exit EdgeType) bool { return slices.Contains(p.Exits, exit) }

// Keeps reports whether item i left by the exit.
func (p Partition) Keeps(exit EdgeType, i int) bool {
	place := slices.Index(p.Exits, exit)
	if place < 0 || i < 0 || i >= p.items {
		return false
	}
	for b := range p.width {
		at := i*p.width + b
		if place>>b&1 != int(p.bits[at/8]>>(at%8)&1) {
			return false
		}
	}
	return true
}

// String names the exits taken, for logs.
func (p Partition) String() string {
	names := make([]string, len(p.Exits))
	for i, e := range p.Exits {
		names[i] = string(e)
	}
	return strings.Join(names, ", ")
}
