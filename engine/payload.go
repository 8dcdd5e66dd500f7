package engine

import (
	"context"
	"errors"

	"paceline"
	"paceline/connector"
	"paceline/engine/core"
	"paceline/internal/seal"
	"paceline/store"
)

// blobAbove is the size from which on an output lies in a blob, and a logged text is cut.
const blobAbove = 256 << 10

// The parts of a row that are sealed apart.
const (
	partOutput   byte = 0
	partIncident byte = 1
	firstPart    byte = 2
	partProgress byte = 255 // behind the last of the exchanges
)

// requestPart and responsePart are the parts of the exchange with number n.
func requestPart(n int32) byte  { return firstPart + byte((2*n)%(255-int32(firstPart))) }
func responsePart(n int32) byte { return firstPart + byte((2*n+1)%(255-int32(firstPart))) }

func outputPlace(account, run int64, seq int32) seal.AD {
	return seal.AD{Account: account, Run: run, Seq: seq, Part: partOutput}
}

func responsePlace(account, run int64, seq, n int32) seal.AD {
	return seal.AD{Account: account, Run: run, Seq: seq, Part: responsePart(n)}
}

func requestPlace(account, run int64, seq, n int32) seal.AD {
	return seal.AD{Account: account, Run: run, Seq: seq, Part: requestPart(n)}
}

func progressPlace(account, run int64, seq int32) seal.AD {
	return seal.AD{Account: account, Run: run, Seq: seq, Part: partProgress}
}

// incidentPlace has no row: an incident outlives them.
func incidentPlace(account, run int64) seal.AD {
	return seal.AD{Account: account, Run: run, Seq: -1, Part: partIncident}
}

// sealed puts the calls and, with keep, the output of a result into the outcome, sealed for their
// places. It reports false, with the token given back, when the output cannot be stored now.
func (x *execution) sealed(result connector.Result, keep bool) bool {
	size := 0
	for i := range result.Exchanges {
		size += len(result.Exchanges[i].Request) + len(result.Exchanges[i].Response) + 2*seal.Overhead
	}
	buf := make([]byte, 0, min(size, blobAbove))
	put := func(plain []byte, place seal.AD) []byte {
		if plain == nil {
			return nil
		}
		start := len(buf)
		buf = x.live.key.Seal(buf, shorten(plain), place)
		return buf[start:len(buf):len(buf)]
	}
	account, run, seq := x.run.Account, x.run.Num, x.token.Seq
	x.out.Exchanges = make([]paceline.Exchange, len(result.Exchanges))
	for i, ex := range result.Exchanges {
		n := x.token.Exchanges + int32(i) + 1
		x.out.Exchanges[i] = paceline.Exchange{
			Status: int32(ex.Status), Millis: int32(ex.Duration.Milliseconds()), At: paceline.ToMicros(ex.At),
			Request:  put(ex.Request, requestPlace(account, run, seq, n)),
			Response: put(ex.Response, responsePlace(account, run, seq, n)),
		}
	}
	if !keep || len(result.Output) == 0 {
		return true
	}
	if result.OutputIsResponse && len(result.Exchanges) == 1 && x.token.Exchanges == 0 && len(result.Output) <= blobAbove {
		x.out.Output.InExchange = true
		return true
	}
	out, err := x.engine.sealOutput(x.context(), x.live.key, x.run.Head, seq, result.Output)
	if err != nil {
		x.out.Exchanges = nil
		x.away(err)
		return false
	}
	x.out.Output = out
	return true
}

// cut marks a logged text that is longer than the log takes.
const cut = "\r\n... (cut: the log keeps the first 256 KiB)"

func shorten(text []byte) []byte {
	if len(text) <= blobAbove {
		return text
	}
	return append(append(make([]byte, 0, blobAbove+len(cut)), text[:blobAbove]...), cut...)
}

// sealOutput seals an output for its row. A large one is written to a blob first, so that the row never
// names one that is not there.
func (e *Engine) sealOutput(ctx context.Context, key *seal.Key, h core.Head, seq int32, doc []byte) (paceline.Output, error) {
	if len(doc) <= blobAbove {
		place := outputPlace(h.Account, h.Num, seq)
		return paceline.Output{Data: key.Seal(make([]byte, 0, min(len(doc), 1024)+seal.Overhead), doc, place)}, nil
	}
	d := draft{engine: e, ctx: ctx, key: key, head: h}
	if err := d.write(doc); err != nil {
		return paceline.Output{}, err
	}
	return d.close(seq)
}

// readOutput reads and opens the output of a row; nil means that it has none. Errors: errGone when it
// cannot be opened any more; others may pass.
func (e *Engine) readOutput(ctx context.Context, key *seal.Key, partner, account, run int64, seq int32) (doc []byte, err error) {
	scope := paceline.Scope{Partner: partner, Account: account}
	var (
		out    paceline.Output
		head   store.Blob
		found  bool
		chunks [][]byte
	)
	err = e.store.Read(ctx, func(tx *store.Tx) (err error) {
		chunks = nil
		if out, found, err = tx.StepOutput(scope, run, seq); err != nil || !found || out.Blob == "" {
			return err
		}
		head, chunks, found, err = readBlob(tx, scope, paceline.ID(out.Blob))
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case !found:
		return nil, errGone
	case out.FromRun != 0:
		run, seq = out.FromRun, out.FromSeq // what it is sealed for
	}
	switch {
	case out.Blob != "":
		return openBlob(key, account, head, chunks)
	case len(out.Data) == 0:
		return nil, nil
	}
	place := outputPlace(account, run, seq)
	if out.InExchange {
		place = responsePlace(account, run, seq, 1)
	}
	if doc, err = key.Open(nil, out.Data, place); err != nil {
		return nil, errors.Join(errGone, err)
	}
	return doc, nil
}

// readArrival reads and opens a delivery that has no row. Errors: as of readOutput.
func (e *Engine) readArrival(ctx context.Context, key *seal.Key, run paceline.Run, a store.Arrival) (doc []byte, err error) {
	var (
		head   store.Blob
		found  bool
		chunks [][]byte
	)
	err = e.store.Read(ctx, func(tx *store.Tx) (err error) {
		if a, found, err = tx.Arrival(runScope(run), run.Num, a.Seq, a.N); err != nil || !found || a.Output.Blob == "" {
			return err
		}
		head, chunks, found, err = readBlob(tx, runScope(run), paceline.ID(a.Output.Blob))
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case !found:
		return nil, errGone
	case a.Output.Blob != "":
		return openBlob(key, run.Account, head, chunks)
	}
	if doc, err = key.Open(nil, a.Output.Data, arrivalPlace(run.Account, run.Num, a.Seq)); err != nil {
		return nil, errors.Join(errGone, err)
	}
	return doc, nil
}

func readBlob(tx *store.Tx, scope paceline.Scope, id paceline.ID) (head store.Blob, chunks [][]byte, found bool, err error) {
	if head, found, err = tx.Blob(scope, id); err != nil || !found {
		return head, nil, found, err
	}
	for n := range int((head.Size + store.BlobChunk - 1) / store.BlobChunk) {
		bytes, there, err := tx.BlobChunk(scope, head.ID, n)
		if err != nil || !there {
			return head, nil, there, err
		}
		chunks = append(chunks, bytes)
	}
	return head, chunks, true, nil
}

func openBlob(key *seal.Key, account int64, head store.Blob, chunks [][]byte) (doc []byte, err error) {
	doc = make([]byte, 0, head.Size)
	for n, bytes := range chunks {
		last := int64(n+1)*store.BlobChunk >= head.Size
		if doc, err = key.OpenChunk(doc, bytes, seal.ChunkAD{Account: account, Blob: head.ID, Chunk: int32(n), Last: last}); err != nil {
			return nil, errors.Join(errGone, err)
		}
	}
	if int64(len(doc)) != head.Size {
		return nil, errGone
	}
	return doc, nil
}
