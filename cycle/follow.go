package cycle

import (
	"context"

	"paceline"
	"paceline/store"
)

// Turn is a step of a cycle's life that somebody asks for.
type Turn int

// The turns.
const (
	Started Turn = iota
	Stopped
	Removed
)

// Follower is asked, before somebody starts, stops or removes a cycle, what is to be done in the same transaction, if it changes
// anything, and after its commit. nil is nothing. It is not asked where the caller of the operation says itself what is to be done
// within, nor of what the server stops by itself.
type Follower interface {
	Follow(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, turn Turn) (within func(*store.Tx) error, after func(), err error)
}

// AttachFollower sets who follows cycles. Only before the room serves.
func (r *Room) AttachFollower(f Follower) { r.follower = f }

func (r *Room) follow(ctx context.Context, p paceline.Principal, a paceline.Account, id paceline.ID, turn Turn, own func(*store.Tx) error) (within func(*store.Tx) error, after func(), err error) {
	nothing := func() {}
	if own != nil || r.follower == nil || may(p, a) != nil { // who may not is refused by the operation
		return own, nothing, nil
	}
	if within, after, err = r.follower.Follow(ctx, p, a, id, turn); after == nil {
		after = nothing
	}
	return within, after, err
}
