package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"paceline"

	"github.com/jackc/pgx/v5"
)

// nodeAlone is the number of a server that is the only one.
const nodeAlone = 1

// lockNode, with the number of a node, is held for reading by its transactions, and alone by who deposes it.
const lockNode = 0x7061_6365

// dbMicros is the database's clock, by which all nodes go. Leases go by the system's own, which no search path moves.
const (
	dbMicros    = `CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)`
	leaseMicros = `CAST(EXTRACT(EPOCH FROM pg_catalog.clock_timestamp()) * 1000000 AS BIGINT)`
)

// The statements of nodes are PostgreSQL's alone.
const (
	pgRenew = `UPDATE node SET lease_until = ` + leaseMicros + ` + $3 WHERE id = $1 AND epoch = $2`
	// Connections of the deposed are cut: one that stands still inside a transaction would else keep its locks.
	pgCutOff = `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
		WHERE datname = current_database() AND usename = current_user AND application_name = $1`
)

// pgTakeLanded takes what landed elsewhere for the shards that are a node's, by the database.
const pgTakeLanded = `WITH l AS (DELETE FROM landed USING shard s WHERE s.id = landed.root_id & 255 AND s.node = $1 RETURNING landed.run)
	SELECT ` + headColumns + ` FROM l JOIN run r ON r.num = l.run JOIN cycle c ON c.num = r.cycle_num
	WHERE r.state = 0 AND c.state IN (2, 3) ORDER BY r.num`

func nodeName(id int64) string { return fmt.Sprintf("paceline node %d", id) }

// join makes this server a node: it gets a number and fence rows, but no shard yet. A server that is alone on the
// database is shut out, and so is an earlier life at the same address.
func (b *postgresStore) join(ctx context.Context, owner string, writers int, o NodeOptions) (places []fencePlace, err error) {
	var asked time.Time
	err = b.once(ctx, pgx.TxOptions{}, func(tx *Tx) error {
		tx.writable = true
		if _, err := tx.exec(`SELECT pg_advisory_xact_lock($1)`, int64(lockNodes)); err != nil {
			return err
		}
		// A server alone notices by its fence that it is shut out.
		if err := cutOff(tx, nodeAlone); err != nil {
			return err
		}
		if _, err := tx.exec(`DELETE FROM fence WHERE node = $1`, nodeAlone); err != nil {
			return err
		}
		if err := settle(ctx, tx.db, nodeAlone, allWriters); err != nil {
			return err
		}
		var before []int64
		err := tx.query(`SELECT id FROM node WHERE addr = $1 ORDER BY id`, []any{o.Address}, func(r *Row) error {
			before = append(before, r.Int(0))
			return nil
		})
		for _, id := range before {
			if err == nil {
				err = b.depose(tx, id)
			}
		}
		if err != nil {
			return err
		}
		n, err := tx.nextNum("node")
		if err != nil {
			return err
		}
		b.node, b.epoch = nodeAlone+n, 1
		asked = b.store.steady.Now() // what was waited for before is none of the lease
		_, err = tx.exec(`INSERT INTO node (id, addr, epoch, lease_until, version, started_at) VALUES ($1, $2, $3, `+leaseMicros+` + $4, $5, $6)`,
			b.node, o.Address, b.epoch, NodeLease.Microseconds(), o.Version, tx.Now())
		if err != nil {
			return err
		}
		if _, err := tx.exec(`INSERT INTO shard (id, node) SELECT id, 0 FROM generate_series(0, $1) AS id ON CONFLICT DO NOTHING`, paceline.Shards-1); err != nil {
			return err
		}
		places = make([]fencePlace, writers)
		for i := range writers {
			if _, err := tx.exec(`INSERT INTO fence (node, writer, owner, epoch, batch) VALUES ($1, $2, $3, 1, 0)`, b.node, i, owner); err != nil {
				return err
			}
			places[i] = fencePlace{1, 0}
		}
		return nil
	})
	if err == nil {
		b.store.owned.renew(asked.Add(NodeStill))
		b.nameConnections()
		b.renewing, b.quit = make(chan struct{}), make(chan struct{})
		go b.renewLoop()
	}
	return places, err
}

// renewLoop renews the lease until the store is closed.
func (b *postgresStore) renewLoop() {
	defer close(b.renewing)
	var conn *pgx.Conn // of its own: who waits for one of the pool may wait too long
	defer func() {
		if conn != nil {
			conn.Close(context.Background())
		}
	}()
	for {
		ctx, cancel := context.WithTimeout(context.Background(), NodeRenewal)
		var err error
		if conn == nil {
			config := b.pool.Config().ConnConfig
			config.RuntimeParams["application_name"] = nodeName(b.node)
			conn, err = pgx.ConnectConfig(ctx, config)
		}
		if err == nil {
			if err = b.renew(ctx, conn); err != nil {
				conn.Close(ctx)
				conn = nil
			}
		}
		cancel()
		wait := NodeRenewal
		switch {
		case errors.Is(err, ErrDeposed):
			return
		case err != nil:
			wait = renewalPause
		}
		timer, stop := b.store.steady.NewTimer(wait)
		select {
		case <-timer:
		case <-b.quit:
			stop()
			return
		}
	}
}

// renewalPause is how long a node waits after its lease could not be renewed.
const renewalPause = 500 * time.Millisecond

// depose ends a node: it commits nothing any more, what it noted for the counters is written, and its shards are
// nobody's. Its number is never given again.
func (b *postgresStore) depose(tx *Tx, id int64) error {
	if err := cutOff(tx, id); err != nil {
		return err
	}
	for _, sql := range []string{`DELETE FROM node WHERE id = $1`, `DELETE FROM fence WHERE node = $1`, `UPDATE shard SET node = 0 WHERE node = $1`} {
		if _, err := tx.exec(sql, id); err != nil {
			return err
		}
	}
	if err := tx.countDeath(); err != nil {
		return err
	}
	return settle(tx.ctx, tx.db, id, allWriters)
}

// cutOff ends the connections of a node, waits for what of it is under way, and lets it begin nothing until tx has ended.
func cutOff(tx *Tx, id int64) error {
	if _, err := tx.one(pgCutOff, []any{nodeName(id)}, func(*Row) {}); err != nil {
		return err
	}
	_, err := tx.exec(`SELECT pg_advisory_xact_lock($1, $2)`, int32(lockNode), int32(id))
	return err
}

// nameConnections gives the connections of the pool this server's name from now on.
func (b *postgresStore) nameConnections() {
	b.named.Store(true)
	b.pool.Reset()
}

// alone ends all nodes, and a server that was alone before: this one has the database for itself.
func (b *postgresStore) alone(tx *Tx) error {
	if _, err := tx.exec(`SELECT pg_advisory_xact_lock($1)`, int64(lockNodes)); err != nil {
		return err
	}
	b.node = nodeAlone
	ids := []int64{nodeAlone}
	err := tx.query(`SELECT id FROM node ORDER BY id`, nil, func(r *Row) error {
		ids = append(ids, r.Int(0))
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := cutOff(tx, id); err != nil {
			return err
		}
	}
	for _, sql := range []string{`DELETE FROM node`, `DELETE FROM shard`, `DELETE FROM landed`} { // a start finds all transactions
		if _, err := tx.exec(sql); err != nil {
			return err
		}
	}
	_, err = tx.exec(`DELETE FROM fence WHERE node <> $1`, nodeAlone)
	return err
}

// mayCommit lets a transaction commit only while this node has not been deposed; who would depose it waits for the
// transaction. It is called first in each. A server that is alone is asked for its fence, one that is aside for nothing.
func (b *postgresStore) mayCommit(tx *Tx) error {
	if b.owner == "" {
		return nil
	}
	if !b.store.owned.shared {
		return b.ask(tx, `SELECT 1 FROM fence WHERE node = $1 AND writer = 0 AND owner = $2`, b.owner, errTakenOver)
	}
	for b.store.overdue() {
		if b.store.owned.worked.Load() {
			return paceline.Fail(paceline.CodeBusy).In(outageGrace)
		}
		if err := b.awaitRenewal(tx.ctx); err != nil {
			return err
		}
	}
	return b.ask(tx, `SELECT 1 FROM node WHERE id = $1 AND epoch = $2`, b.epoch, ErrDeposed)
}

// Replaced returns why a server that is alone can do no more, if another has taken its database over; the connections that
// it has are cut then, so it asks by a new one. It takes up to two seconds to find none.
func (s *Store) Replaced(ctx context.Context) error {
	b, ok := s.backend.(*postgresStore)
	if !ok || b.owner == "" || s.owned.shared {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, commitTimeout) // a database that does not answer knows no better
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, b.pool.Config().ConnConfig)
	if err != nil {
		return nil
	}
	defer conn.Close(ctx)
	for range 20 { // connections are cut a moment before the other's start is committed
		mine := true
		err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM fence WHERE node = $1 AND writer = 0 AND owner = $2) FROM pg_sleep(0.1)`,
			b.node, b.owner).Scan(&mine)
		if err != nil {
			return nil
		}
		if !mine {
			return errTakenOver
		}
	}
	return nil
}

// ask takes this node's lock for reading and looks whether its place is still its own; both go in one round trip. The look is a
// statement of its own: its snapshot is taken when the lock is there.
func (b *postgresStore) ask(tx *Tx, sql string, mark any, gone error) error {
	found := false
	batch := &pgx.Batch{}
	batch.Queue(`SELECT pg_advisory_xact_lock_shared($1, $2)`, int32(lockNode), int32(b.node))
	batch.Queue(sql, b.node, mark).Query(func(rows pgx.Rows) error {
		found = rows.Next()
		return nil
	})
	tx.statements++
	err := tx.db.(*postgresConn).conn.SendBatch(tx.ctx, batch).Close()
	if err != nil || found {
		return tx.fail(sql, err)
	}
	b.store.die(gone)
	return paceline.Fail(paceline.CodeShuttingDown).Because(gone)
}

// awaitRenewal is for a node that starts: nobody relies on it yet, so that a slow database makes its start longer and does not
// end it.
func (b *postgresStore) awaitRenewal(ctx context.Context) error {
	next := b.store.owned.nextRenewal()
	if !b.store.overdue() {
		return nil
	}
	select {
	case <-next:
		return nil
	case <-b.renewing: // its place was taken, or it stops
		return paceline.Fail(paceline.CodeShuttingDown).Because(ErrDeposed)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// renew makes the lease last anew. ErrDeposed says that this node's place was taken: it must end.
func (b *postgresStore) renew(ctx context.Context, conn *pgx.Conn) error {
	s := b.store
	asked := s.steady.Now()
	tag, err := conn.Exec(ctx, pgRenew, b.node, b.epoch, NodeLease.Microseconds())
	if err != nil {
		return away(err)
	}
	if tag.RowsAffected() == 0 {
		s.die(ErrDeposed)
		return ErrDeposed
	}
	b.heard.now()
	s.owned.renew(asked.Add(NodeStill))
	return nil
}

// NodeView is what the nodes of a database agree on.
type NodeView struct {
	This   int64
	Nodes  []Node // without queues
	Owner  [paceline.Shards]int64
	Change int64           // rises with each change that all nodes have to hear of
	Now    paceline.Micros // by the database's clock
	Landed bool            // transactions wait for the nodes of their accounts to take them up
}

// View reads it.
func (s *Store) View(ctx context.Context) (v NodeView, err error) {
	b, ok := s.backend.(*postgresStore)
	if !ok {
		return v, errAlone
	}
	err = s.Read(ctx, func(tx *Tx) error {
		v = NodeView{This: b.node}
		if v.Nodes, err = tx.nodes(); err != nil {
			return err
		}
		counts := map[int64]int{}
		if err := tx.query(`SELECT id, node FROM shard ORDER BY id`, nil, func(r *Row) error {
			v.Owner[r.Int(0)] = r.Int(1)
			counts[r.Int(1)]++
			return nil
		}); err != nil {
			return err
		}
		for i := range v.Nodes {
			v.Nodes[i].Shards = counts[v.Nodes[i].ID]
		}
		if _, err := tx.one(`SELECT last FROM counter WHERE name = 'change'`, nil, func(r *Row) { v.Change = r.Int(0) }); err != nil {
			return err
		}
		if v.Landed, err = tx.one(`SELECT 1 FROM landed LIMIT 1`, nil, func(*Row) {}); err != nil {
			return err
		}
		_, err := tx.one(`SELECT `+dbMicros, nil, func(r *Row) { v.Now = r.Micros(0) })
		return err
	})
	return v, err
}

// TakeLanded returns the transactions that other nodes have stored for accounts of this one's since it was asked last. Who does
// not know whether it has taken them looks for all live ones.
func (s *Store) TakeLanded(ctx context.Context) (list []Head, err error) {
	b, ok := s.backend.(*postgresStore)
	if !ok || !s.owned.shared {
		return nil, errAlone
	}
	err = s.InTx(ctx, paceline.Scope{}, func(tx *Tx) error {
		list = nil
		return tx.query(pgTakeLanded, []any{b.node}, func(r *Row) error {
			list = append(list, scanHead(r))
			return nil
		})
	})
	return list, err
}

func (tx *Tx) nodes() (list []Node, err error) {
	err = tx.query(`SELECT id, addr, version, epoch, lease_until - `+leaseMicros+`, started_at, leaving FROM node ORDER BY id`, nil, func(r *Row) error {
		list = append(list, Node{ID: r.Int(0), Address: r.Text(1), Version: r.Text(2), Epoch: r.Int(3),
			Lease: time.Duration(r.Int(4)) * time.Microsecond, Started: r.Micros(5), Leaving: r.Bool(6)})
		return nil
	})
	return list, err
}

// Nodes returns the nodes with their queues; none for a server that is alone.
func (s *Store) Nodes(ctx context.Context) (list []Node, err error) {
	if _, ok := s.backend.(*postgresStore); !ok {
		return nil, nil
	}
	v, err := s.View(ctx)
	if err != nil {
		return nil, err
	}
	err = s.Read(ctx, func(tx *Tx) error {
		for i := range v.Nodes {
			n := &v.Nodes[i]
			n.At = v.Now // a command may be asked on a machine whose clock is wrong
			mask := make([]byte, paceline.Shards)
			for shard, owner := range v.Owner {
				mask[shard] = '0'
				if owner == n.ID {
					mask[shard] = '1'
				}
			}
			if n.Waits, err = tx.waits(string(mask), v.Now); err != nil {
				return err
			}
		}
		return nil
	})
	return v.Nodes, err
}

// inNodes runs f in a transaction that is serial with all that change who has which shards, and by which this node must
// be one still.
func (s *Store) inNodes(ctx context.Context, f func(tx *Tx, b *postgresStore) error) error {
	b, ok := s.backend.(*postgresStore)
	if !ok || !s.owned.shared {
		return errAlone
	}
	return away(b.once(ctx, pgx.TxOptions{}, func(tx *Tx) error {
		tx.writable = true
		if _, err := tx.exec(`SELECT pg_advisory_xact_lock($1)`, int64(lockNodes)); err != nil {
			return err
		}
		found, err := tx.one(`SELECT 1 FROM node WHERE id = $1 AND epoch = $2`, []any{b.node, b.epoch}, func(*Row) {})
		if err == nil && !found {
			s.die(ErrDeposed)
			return ErrDeposed
		}
		if err != nil {
			return err
		}
		return f(tx, b)
	}))
}

// TakeOver deposes a node whose lease is over, and says whether it was.
func (s *Store) TakeOver(ctx context.Context, id int64) (taken bool, err error) {
	err = s.inNodes(ctx, func(tx *Tx, b *postgresStore) error {
		taken = false
		found, err := tx.one(`SELECT 1 FROM node WHERE id = $1 AND lease_until < `+leaseMicros, []any{id}, func(*Row) {})
		if err != nil || !found || id == b.node {
			return err
		}
		taken = true
		return b.depose(tx, id)
	})
	return taken, err
}

// ClaimShards makes up to n shards of nobody this node's, and returns how many it got. They lie scattered: the first accounts
// of an installation, which have neighbouring shards, come to different nodes.
func (s *Store) ClaimShards(ctx context.Context, n int) (got int64, err error) {
	err = s.inNodes(ctx, func(tx *Tx, b *postgresStore) (err error) {
		got, err = tx.exec(`UPDATE shard SET node = $1 WHERE id IN (SELECT id FROM shard WHERE node = 0 ORDER BY id * 167 & 255 LIMIT $2)`, b.node, n)
		return err
	})
	return got, err
}

// GiveShards hands shards of this node, which does nothing for them any more, to another; 0: to nobody, as are those for a
// node that is gone.
func (s *Store) GiveShards(ctx context.Context, shards []int, to int64) error {
	return s.inNodes(ctx, func(tx *Tx, b *postgresStore) error {
		for _, shard := range shards {
			_, err := tx.exec(`UPDATE shard SET node = COALESCE((SELECT id FROM node WHERE id = $3 AND leaving = 0), 0) WHERE id = $1 AND node = $2`, shard, b.node, to)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// LeaveNodes says that this node stops: no other hands it shards any more.
func (s *Store) LeaveNodes(ctx context.Context) error {
	return s.inNodes(ctx, func(tx *Tx, b *postgresStore) error {
		_, err := tx.exec(`UPDATE node SET leaving = 1 WHERE id = $1`, b.node)
		return err
	})
}

// TellChange notes that something was changed of which other nodes may have kept what it was. It may be called without a
// node too, by a command beside the servers.
func (s *Store) TellChange(ctx context.Context) error {
	if _, ok := s.backend.(*postgresStore); !ok {
		return nil
	}
	return s.InTx(ctx, paceline.Scope{}, func(tx *Tx) error {
		_, err := tx.nextNum("change")
		return err
	})
}

// leave ends this node after its last commit: nobody has to wait for its lease.
func (b *postgresStore) leave() error {
	if b.renewing == nil {
		return nil
	}
	close(b.quit)
	<-b.renewing
	ctx, cancel := context.WithTimeout(context.Background(), closeFor)
	defer cancel()
	err := b.once(ctx, pgx.TxOptions{}, func(tx *Tx) error {
		tx.writable = true
		if _, err := tx.exec(`SELECT pg_advisory_xact_lock($1)`, int64(lockNodes)); err != nil {
			return err
		}
		for _, sql := range []string{`DELETE FROM node WHERE id = $1`, `DELETE FROM fence WHERE node = $1`, `UPDATE shard SET node = 0 WHERE node = $1`} {
			if _, err := tx.exec(sql, b.node); err != nil {
				return err
			}
		}
		return settle(ctx, tx.db, b.node, allWriters)
	})
	if err != nil && !errors.Is(err, ErrDeposed) {
		b.store.logger.Warn("this node could not say that it leaves; others wait for the end of its lease", "error", err)
	}
	return nil
}
