package engine

import (
	"context"
	"errors"

	"paceline"
	"paceline/engine/core"
	"paceline/internal/memo"
	"paceline/internal/seal"
)

// ancestors keeps what the children of splits read of their parents: thousands of siblings read the same rows.
type ancestors struct {
	runs  *memo.Cache[int64, *ancestor]
	small *memo.Cache[rowKey, []byte] // opened outputs of up to 256 KiB
	large *memo.Cache[rowKey, []byte] // and few of those above
}

type rowKey struct {
	run int64
	seq int32
}

// The bounds of the cache: 64 MiB of small outputs, and two large ones.
const (
	ancestorRuns  = 1024
	ancestorSmall = 256
	ancestorLarge = 2
)

// ancestor is a run from which others were split, and its rows as far as their paths need them.
type ancestor struct {
	run   paceline.Run
	chain []core.Link
	parts partitions
	large []bool // by seq: the output lies in a blob
}

func newAncestors() ancestors {
	return ancestors{
		memo.New[int64, *ancestor](ancestorRuns), memo.New[rowKey, []byte](ancestorSmall), memo.New[rowKey, []byte](ancestorLarge),
	}
}

// of reads a run whose row seq is known to be on the disk.
func (a *ancestors) of(ctx context.Context, e *Engine, num int64, seq int32) (*ancestor, error) {
	load := func(ctx context.Context) (*ancestor, error) {
		run, found, err := e.store.Load(ctx, num)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, errGone
		}
		plan, err := e.plans.Plan(ctx, run.Cycle, run.Version)
		if err != nil {
			return nil, err
		}
		if err := fits(plan, run); err != nil {
			return nil, errors.Join(errGone, err)
		}
		out := &ancestor{run: run.Run, parts: partitionsOf(run.Rows), large: make([]bool, len(run.Rows))}
		out.chain, _, _ = core.Resume(plan, run.Rows, nil)
		for i, row := range run.Rows {
			out.large[i] = row.Output.Blob != ""
		}
		return out, nil
	}
	out, err := a.runs.Get(ctx, num, load)
	if err == nil && int(seq) >= len(out.chain) {
		a.runs.Forget(num) // it has grown since
		out, err = a.runs.Get(ctx, num, load)
	}
	if err == nil && int(seq) >= len(out.chain) {
		return nil, errGone
	}
	return out, err
}

// inherited finds the output of a step on the path that led to the split which the run comes from, or to an
// earlier one.
func (x *execution) inherited(stepRef int, way *branch) ([]byte, error) {
	e, from := x.engine, x.run.Chain[0].From
	num, split := x.run.Parent, x.run.Split&paceline.SplitChild != 0
	for {
		seq, ok := paceline.SplitFrom(from)
		if !ok || num == 0 {
			return nil, nil
		}
		if !split {
			// A repetition begins with the row of the run that it repeats.
			a, err := e.ancestors.of(x.context(), e, num, 0)
			if err != nil {
				return nil, err
			}
			num, split = a.run.Parent, a.run.Split&paceline.SplitChild != 0
			continue
		}
		a, err := e.ancestors.of(x.context(), e, num, seq)
		if err != nil {
			return nil, err
		}
		edge := a.chain[seq].Edge
		for seq = a.chain[seq].From; seq >= 0; seq, edge = a.chain[seq].From, a.chain[seq].Edge {
			if int(a.chain[seq].Step) == stepRef {
				return e.ancestors.output(x.context(), e, x.live.key, a, seq)
			}
			way.pass(a.parts, a.chain, seq, edge)
		}
		from, num, split = seq, a.run.Parent, a.run.Split&paceline.SplitChild != 0
	}
}

// output opens an output of an ancestor.
func (a *ancestors) output(ctx context.Context, e *Engine, key *seal.Key, of *ancestor, seq int32) ([]byte, error) {
	cache := a.small
	if of.large[seq] {
		cache = a.large
	}
	return cache.Get(ctx, rowKey{of.run.Num, seq}, func(ctx context.Context) ([]byte, error) {
		return e.readOutput(ctx, key, of.run.Partner, of.run.Account, of.run.Num, seq)
	})
}
