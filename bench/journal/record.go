package journal

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

// Record is one entry: a kind and a number that belong to the caller, and data.
type Record struct {
	Kind   byte
	Number uint64
	Data   []byte
}

// A record on disk: length of data (4 bytes), CRC-32C of the rest (4), kind (1), number (8), data.
const (
	headSize = 17
	// maxData bounds what a damaged length can make replay allocate.
	maxData = 64 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (r Record) appendTo(buf []byte) []byte {
	start := len(buf)
	buf = binary.LittleEndian.AppendUint32(buf, uint32(len(r.Data)))
	buf = append(buf, 0, 0, 0, 0, r.Kind)
	buf = binary.LittleEndian.AppendUint64(buf, r.Number)
	buf = append(buf, r.Data...)
	binary.LittleEndian.PutUint32(buf[start+4:], crc32.Checksum(buf[start+8:], castagnoli))
	return buf
}

// replay calls visit for each whole record and returns how many bytes they take. A short or damaged
// record ends the log: it is what a crash leaves.
func replay(from io.Reader, visit func(Record)) (int64, error) {
	in := bufio.NewReaderSize(from, 1<<20)
	var whole int64
	var head [headSize]byte
	var data []byte
	for {
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return whole, ignoreEnd(err)
		}
		size := binary.LittleEndian.Uint32(head[:])
		if size > maxData {
			return whole, nil
		}
		if cap(data) < int(size) {
			data = make([]byte, size)
		}
		data = data[:size]
		if _, err := io.ReadFull(in, data); err != nil {
			return whole, ignoreEnd(err)
		}
		sum := crc32.Update(crc32.Checksum(head[8:], castagnoli), castagnoli, data)
		if sum != binary.LittleEndian.Uint32(head[4:]) {
			return whole, nil
		}
		whole += int64(headSize) + int64(size)
		if visit != nil {
			visit(Record{Kind: head[8], Number: binary.LittleEndian.Uint64(head[9:]), Data: data})
		}
	}
}

func ignoreEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}
