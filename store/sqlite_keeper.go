package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// The sizes of the write-ahead log at which the keeper acts.
const (
	walPassive = 32 << 20
	walAlarm   = 256 << 20
)

const defaultBallast = 64 << 20

// sqliteKeeper moves the write-ahead log into the database file beside the writer, and keeps the
// ballast: a file that is given up when the disk is full, so that reads, checkpoints and the record
// of running work still find room (D-14).
type sqliteKeeper struct {
	store   *Store
	backend *sqliteStore
	conn    *sqliteConn
	folder  string
	wal     string
	ballast int64
	isfull  atomic.Bool
	commits atomic.Int64
	work    chan struct{} // the log has grown
	quit    chan struct{}
	done    sync.WaitGroup
	alarmed bool
}

func newSQLiteKeeper(s *Store, b *sqliteStore, o Options) (*sqliteKeeper, error) {
	conn, err := openSQLiteConn(o.Path, "synchronous = FULL", "wal_autocheckpoint = 0", "cache_size = -2048")
	if err != nil {
		return nil, fmt.Errorf("open the keeper of %s: %w", o.Path, err)
	}
	k := &sqliteKeeper{store: s, backend: b, conn: conn, folder: filepath.Dir(o.Path), wal: o.Path + "-wal",
		ballast: o.BallastBytes, work: make(chan struct{}, 1), quit: make(chan struct{})}
	if k.ballast == 0 {
		k.ballast = defaultBallast
	}
	if err := k.fillBallast(); err != nil {
		s.logger.Warn("no room for the ballast file; a full disk will also stop what is running", "bytes", k.ballast, "error", err)
	}
	return k, nil
}

func (k *sqliteKeeper) start() { k.done.Go(k.loop) }

// committed tells the keeper that a batch is on the disk; it wakes it when the log has grown enough.
func (k *sqliteKeeper) committed() {
	if k.commits.Add(1)%16 != 0 {
		return
	}
	if k.walSize() >= walPassive {
		select {
		case k.work <- struct{}{}:
		default:
		}
	}
}

func (k *sqliteKeeper) walSize() int64 {
	info, err := os.Stat(k.wal)
	if err != nil {
		return 0
	}
	return info.Size()
}

// tick is how often the keeper looks whether the system is idle or the disk has room again.
const tick = time.Second

func (k *sqliteKeeper) loop() {
	seen := int64(0)
	for {
		timer, stop := k.store.clock.NewTimer(tick)
		select {
		case <-k.quit:
			stop()
			return
		case <-k.work:
			stop()
			k.checkpoint("PASSIVE")
			k.askRestart()
		case <-timer:
			if k.isfull.Load() {
				k.tryRefill()
			}
			commits := k.commits.Load()
			if commits == seen && k.backend.queued() == 0 && k.walSize() > 0 {
				k.vacuum()
				k.checkpoint("TRUNCATE")
			}
			seen = commits
		}
	}
}

// askRestart lets the writer finish the checkpoint between two batches: under steady load the log
// would otherwise never be read to its end, and grow without bound.
func (k *sqliteKeeper) askRestart() {
	select {
	case k.backend.writer.restart <- struct{}{}:
	default:
	}
	size := k.walSize()
	if size > walAlarm && !k.alarmed {
		k.store.logger.Warn("the write-ahead log grows: a reader holds an old snapshot", "bytes", size)
	}
	k.alarmed = size > walAlarm
}

func (k *sqliteKeeper) checkpoint(mode string) {
	k.conn.conn.SetBusyTimeout(50 * time.Millisecond)
	if err := k.conn.run("PRAGMA wal_checkpoint(" + mode + ")"); err != nil {
		switch k.backend.writer.kind(err) {
		case diskFull:
			k.full()
		case diskBroken:
			k.store.die(fmt.Errorf("the disk failed a checkpoint: %w", err))
		}
	}
}

// vacuum gives pages that pruning has emptied back to the disk, some at a time.
func (k *sqliteKeeper) vacuum() {
	k.conn.conn.SetBusyTimeout(50 * time.Millisecond)
	if err := k.conn.run("PRAGMA incremental_vacuum(2000)"); err != nil && k.backend.writer.kind(err) == diskBroken {
		k.store.die(fmt.Errorf("the disk failed a write: %w", err))
	}
}

// cramped reports that the disk is full and the log has used up a good part of what the ballast gave.
func (k *sqliteKeeper) cramped() bool {
	return k.isfull.Load() && k.walSize() > max(k.ballast/8, 1<<20)
}

func (k *sqliteKeeper) isFull() bool { return k.isfull.Load() }

// full gives up the ballast; accepts and InTx are refused until the disk has room again.
func (k *sqliteKeeper) full() {
	if k.isfull.Swap(true) {
		return
	}
	k.store.logger.Error("the disk is full: new work is refused until there is room", "folder", k.folder)
	if err := os.Remove(k.ballastPath()); err != nil && !errors.Is(err, os.ErrNotExist) {
		k.store.logger.Error("could not free the ballast file", "error", err)
	}
}

func (k *sqliteKeeper) tryRefill() {
	need := max(k.ballast, 0)
	if free, err := k.free(); err != nil || free < need+max(need/4, 1<<20) {
		return
	}
	if err := k.fillBallast(); err != nil {
		return
	}
	k.isfull.Store(false)
	k.store.logger.Info("the disk has room again", "folder", k.folder)
}

func (k *sqliteKeeper) free() (int64, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(k.folder, &fs); err != nil {
		return 0, err
	}
	return int64(fs.Bavail) * int64(fs.Bsize), nil
}

// noRoom reports whether the disk has less room than one batch may need.
func (k *sqliteKeeper) noRoom() bool {
	free, err := k.free()
	return err == nil && free < 2<<20
}

func (k *sqliteKeeper) ballastPath() string { return filepath.Join(k.folder, "ballast") }

func (k *sqliteKeeper) fillBallast() error {
	if k.ballast < 0 {
		return nil
	}
	f, err := os.OpenFile(k.ballastPath(), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = unix.Fallocate(int(f.Fd()), 0, 0, k.ballast)
	if errors.Is(err, unix.EOPNOTSUPP) {
		_, err = f.Write(make([]byte, k.ballast))
	}
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(k.ballastPath())
	}
	return err
}

func (k *sqliteKeeper) stop() error {
	close(k.quit)
	k.done.Wait()
	return k.conn.conn.Close()
}
