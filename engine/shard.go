package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/engine/core"
	"paceline/store"
)

// Of several nodes on one database each works for the root accounts of its shards; the store knows which. A node that
// gets a shard takes it up from the disk, as a start does. One that is to give a shard away begins nothing there any
// more, waits for what is in progress, and forgets it.

// Peers are the other nodes.
type Peers interface {
	// Tell tells the node that works for a root account what was changed, until it has heard it or another one has
	// taken its place. It does not wait for long.
	Tell(root int64, news News)
	// DeliverPart gives a part of a delivery to a shared address to the node that works for the account. Errors:
	// as Engine.Deliver; ErrNobody.
	DeliverPart(ctx context.Context, root int64, step string, d connector.Delivery) error
}

// News names what was changed by a node that does not work for it: a cycle or an account.
type News struct{ Cycle, Account int64 }

func (e *Engine) elsewhere(root int64, news News) {
	if e.peers != nil {
		e.peers.Tell(root, news)
	}
}

// entrances count, by shard, the new work that is on its way to the disk here.
type entrances struct {
	inside [paceline.Shards]atomic.Int32
}

// enter says that new work of a root account begins. Errors: Unavailable when another node works for it. leave ends it.
func (e *Engine) enter(root int64) error {
	if !e.store.Shared() {
		return nil
	}
	n := &e.entrances.inside[paceline.ShardOf(root)]
	n.Add(1) // before the look, so that one who gives the shard away sees it
	if e.store.Owns(root) {
		return nil
	}
	e.leave(root)
	return paceline.Fail(paceline.CodeBusy).In(time.Second)
}

func (e *Engine) leave(root int64) {
	if !e.store.Shared() {
		return
	}
	shard := paceline.ShardOf(root)
	if e.entrances.inside[shard].Add(-1) == 0 && !e.store.OwnsShard(shard) {
		e.tell(func(*core.Core, paceline.Micros) []core.Effect { return nil }) // the loop looks again
	}
}

// Gain takes up shards that nobody else works for any more, and that are this node's in the database. died are those of them that
// no living node has handed over.
func (e *Engine) Gain(ctx context.Context, shards, died []int) error {
	e.hooks.clear()
	if err := e.store.Own(ctx, shards, true); err != nil {
		return err
	}
	if err := e.countDeath(ctx, died); err != nil { // who hands shards over hands over what is suspect, too
		return err
	}
	if err := e.recover(ctx); err != nil {
		return err
	}
	e.noticeMail.anew.Store(true)
	select {
	case e.noticeMail.wake <- struct{}{}:
	default:
	}
	return nil
}

// Lose gives shards up: nothing of them begins any more. quiet is told which of them nothing is in progress of, some at
// a time; it may hand them on. Lose returns when it was told of all, or when ctx ends; the rest stays as it is, begins
// nothing, and may be lost again.
func (e *Engine) Lose(ctx context.Context, shards []int, quiet func(shards []int)) error {
	if err := e.store.Own(ctx, shards, false); err != nil {
		return err
	}
	lost := map[int]bool{}
	for _, shard := range shards {
		lost[shard] = true
	}
	e.lostSuspects(func(shard int) bool { return lost[shard] })
	e.callers.dismiss(func(w *caller) bool { return lost[paceline.ShardOf(w.root)] })
	var mu sync.Mutex // of lost and over: the loop looks, and this waits
	over := false
	ready := make(chan []int, 1)
	look := func(c *core.Core) bool {
		mu.Lock()
		defer mu.Unlock()
		if over {
			return true
		}
		var list []int
		for shard := range lost {
			if c.Quiet(shard) && e.entrances.inside[shard].Load() == 0 {
				list = append(list, shard)
			}
		}
		if len(list) == 0 || len(ready) > 0 {
			return len(lost) == 0
		}
		gone := map[int]bool{}
		for _, shard := range list {
			gone[shard] = true
			delete(lost, shard)
		}
		e.do(c.Leave(e.now(), func(shard int) bool { return gone[shard] }))
		ready <- list
		return false
	}
	e.mail.post(message{kind: leaving, quiet: look})
	for left := len(shards); left > 0; {
		select {
		case list := <-ready:
			e.forgetShards(list)
			quiet(list)
			left -= len(list)
			e.tell(func(*core.Core, paceline.Micros) []core.Effect { return nil })
		case <-ctx.Done():
			mu.Lock()
			over = true
			mu.Unlock()
			return ctx.Err()
		}
	}
	return nil
}

// forgetShards forgets what the shell keeps of accounts that another node works for from now on.
func (e *Engine) forgetShards(shards []int) {
	e.hooks.clear()
	e.quotas.accounts.Range(func(account, s any) bool {
		e.quotas.accounts.Delete(account) // those that stay are read again
		return true
	})
	e.feed.drop(func(root int64) bool {
		for _, shard := range shards {
			if paceline.ShardOf(root) == shard {
				return true
			}
		}
		return false
	})
}

// Resync tells the core again what the store holds of this node's shards: something that was meant for it may have got
// lost with a node that died.
func (e *Engine) Resync(ctx context.Context) error { return e.recover(ctx) }

// Forget drops what the engine has kept of addresses and settings: another node may have changed them.
func (e *Engine) Forget() {
	e.hooks.clear()
	e.notices.forget(0)
	e.quotas.accounts.Clear()
	e.askLimits()
}

// Heard is what another node told: it has changed a cycle or an account of this one's.
func (e *Engine) Heard(ctx context.Context, news News) error {
	if news.Cycle != 0 {
		var c paceline.Cycle
		found := false
		err := e.store.Read(ctx, func(tx *store.Tx) (err error) {
			c, found, err = tx.CycleByNum(news.Cycle)
			return err
		})
		if err != nil || !found {
			return err
		}
		if !e.store.Owns(c.Root) {
			return paceline.Fail(paceline.CodeBusy).In(time.Second)
		}
		e.CycleChanged(ctx, c)
	}
	if news.Account != 0 {
		e.hooks.forgetAccount(news.Account)
		e.ErrorWebhookChanged(news.Account)
		e.tasks.add(func() { e.loadAccount(news.Account) })
	}
	return nil
}
