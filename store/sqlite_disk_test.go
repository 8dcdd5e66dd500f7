package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"paceline"

	"golang.org/x/sys/unix"
	"zombiezen.com/go/sqlite"
)

func TestSecondProcessIsToldWhichFolder(t *testing.T) {
	t.Parallel()
	o := testOptions(t, "sqlite")
	if os.Getenv("STORE_TEST_OPEN") != "" {
		o.Path = os.Getenv("STORE_TEST_OPEN")
		_, err := Open(t.Context(), o)
		fmt.Println("opened:", err)
		return
	}
	first, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	second := exec.Command(os.Args[0], "-test.run=^TestSecondProcessIsToldWhichFolder$", "-test.v")
	second.Env = append(os.Environ(), "STORE_TEST_OPEN="+o.Path)
	out, err := second.CombinedOutput()
	want := "opened: the data folder " + filepath.Dir(o.Path) + " is in use by another process"
	if err != nil || !strings.Contains(string(out), want) {
		t.Errorf("the second process said %v: %s", err, out)
	}
	_, err = Open(t.Context(), o)
	locked, ok := errors.AsType[*LockedError](err)
	if !ok || locked.Folder != filepath.Dir(o.Path) {
		t.Errorf("a second Open: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	openTest(t, o)
}

// Whoever may look into the folder may not read the data, also those of an earlier version of Paceline.
func TestFilesArePrivate(t *testing.T) {
	t.Parallel()
	o := testOptions(t, "sqlite")
	o.BallastBytes = 1 << 20
	for _, earlier := range []bool{false, true} {
		if earlier {
			if err := os.Chmod(o.Path, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		s, err := Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := os.ReadDir(filepath.Dir(o.Path))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s has mode %v, %v", e.Name(), info.Mode(), err)
			}
		}
		if len(entries) != 5 { // database, log, its index, ballast, lock
			t.Errorf("%d files", len(entries))
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPragmas(t *testing.T) {
	t.Parallel()
	s := openTest(t, testOptions(t, "sqlite"))
	want := map[string]string{
		"page_size": "16384", "journal_mode": "wal", "synchronous": "2", "wal_autocheckpoint": "0", "auto_vacuum": "2",
	}
	for pragma, value := range want {
		var got string
		err := s.InTx(t.Context(), system, func(tx *Tx) error {
			_, err := tx.one("PRAGMA "+pragma, nil, func(r *Row) { got = r.Text(0) })
			return err
		})
		if err != nil || got != value {
			t.Errorf("%s = %s, %v; want %s", pragma, got, err, value)
		}
	}
}

// TestFailedFsyncIsFatal: after an fsync that failed nobody knows what is on the disk, so nothing is
// acknowledged any more and the process is told to end.
func TestFailedFsyncIsFatal(t *testing.T) {
	t.Parallel()
	o := testOptions(t, "sqlite")
	var broken atomic.Bool
	o.seams.commit = func() error {
		if broken.Load() {
			return sqlite.ResultIOErrFsync.ToError()
		}
		return nil
	}
	s := openTest(t, o)
	f := newFixture(t, s, 1)
	op, later := f.accept(t, f.cycles[0], nil), f.accept(t, f.cycles[0], nil)
	broken.Store(true)
	if r := f.submit(t, op); paceline.KindOf(r.Err) != paceline.Unavailable {
		t.Errorf("the op whose fsync failed: %+v", r)
	}
	select {
	case err := <-s.Fatal():
		if sqlite.ErrCode(err) != sqlite.ResultIOErrFsync {
			t.Errorf("fatal: %v", err)
		}
	case <-t.Context().Done():
		t.Fatal("no fatal error")
	}
	broken.Store(false)
	if r := f.submit(t, later); r.Err == nil {
		t.Error("an op was acknowledged after a failed fsync")
	}
	if err := s.InTx(t.Context(), system, func(*Tx) error { return nil }); err == nil {
		t.Error("a transaction was acknowledged after a failed fsync")
	}
}

// TestFullDiskBySeam: COMMIT meets a full disk twice. What is new is refused, what records the past
// goes into the room that the ballast gave, and everything works again once there is room.
func TestFullDiskBySeam(t *testing.T) {
	t.Parallel()
	o := testOptions(t, "sqlite")
	o.BallastBytes = 1 << 20
	var failures atomic.Int32
	o.seams.commit = func() error {
		if failures.Add(-1) >= 0 {
			return sqlite.ResultFull.ToError()
		}
		return nil
	}
	s := openTest(t, o)
	f := newFixture(t, s, 1)
	c := f.cycles[0]
	run := f.start(t, c)
	ballast := filepath.Join(filepath.Dir(o.Path), "ballast")
	if info, err := os.Stat(ballast); err != nil || info.Size() != o.BallastBytes {
		t.Fatalf("ballast: %v, %v", info, err)
	}
	waits := f.waiting(t, c)
	for _, op := range []Op{f.arrive(c, waits), f.accept(t, c, nil), f.arrive(c, waits)} {
		failures.Store(1) // which the first meets at its commit, while the others are refused before
		r := f.submit(t, op)
		if e, ok := errors.AsType[*paceline.Error](r.Err); !ok || e.Code != paceline.CodeBusy || e.Kind() != paceline.Unavailable || e.RetryAfter <= 0 {
			t.Errorf("a delivery on a full disk: %+v", r)
		}
	}
	if r := f.mustSubmit(t, f.advance(c, run, 1, paceline.RunCompleted, nil)); r.Refused {
		t.Errorf("advance on a full disk: %+v", r)
	}
	if _, err := s.Prune(t.Context(), 1, 50); err != nil {
		t.Error("prune on a full disk:", err)
	}
	if err := s.Read(t.Context(), func(tx *Tx) error { _, _, err := tx.Meta("a"); return err }); err != nil {
		t.Error("read on a full disk:", err)
	}
	waitUntil(t, "accepts again", func() bool { return f.submit(t, f.acceptNumbered(c, 500_000)).Err == nil })
	if n := f.ask(t, `SELECT COUNT(*) FROM arrival`); n[0] != 0 {
		t.Errorf("%d refused deliveries were stored", n[0])
	}
	if _, err := os.Stat(ballast); err != nil {
		t.Error("the ballast was not filled again:", err)
	}
}

// acceptNumbered is accept without taking a number, which writes.
func (f *fixture) acceptNumbered(c paceline.Cycle, num int64) Op {
	now := paceline.ToMicros(f.clock.Now())
	return Op{Root: c.Root, Accept: &Accept{
		Run:     paceline.Run{Num: num, Partner: c.Partner, Account: c.Account, Root: c.Root, Cycle: c.Num, Version: c.RunVersion, CreatedAt: now},
		Trigger: paceline.StepRow{Run: num, From: -1, StartedAt: now, EndedAt: now},
	}}
}

// waitUntil asks again and again: what it waits for happens at the pace of the store's own ticks. However slow the machine,
// it gives up shortly before the test's own time is over.
func waitUntil(t *testing.T, what string, done func() bool) {
	t.Helper()
	ctx := t.Context()
	if end, limited := t.Deadline(); limited {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, end.Add(-10*time.Second))
		defer cancel()
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("in vain:", what)
		}
	}
}

// TestFullDisk fills a small file system for real. It needs root to mount one; without, the same is
// shown by TestFullDiskBySeam.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := unix.Mount("tmpfs", folder, "tmpfs", 0, "size=80m"); err != nil {
		t.Logf("no small file system can be mounted here (%v); TestFullDiskBySeam stands in", err)
		return
	}
	t.Cleanup(func() {
		if err := unix.Unmount(folder, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	o := testOptions(t, "sqlite")
	o.Path, o.BallastBytes = filepath.Join(folder, "paceline.db"), 40<<20
	s := openTest(t, o)
	f := newFixture(t, s, 4)
	payload := make([]byte, 100_000)
	stored := map[int64]paceline.Cycle{}
	var mu sync.Mutex
	full := false
	for round := 0; !full && round < 100; round++ {
		var wg sync.WaitGroup
		for i := range 16 {
			c := f.cycles[i%4]
			num := int64(round*16 + i + 1)
			op := f.acceptNumbered(c, num)
			op.Accept.Trigger.Output.Data = payload
			wg.Go(func() {
				r := f.submit(t, op)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case r.Err == nil:
					stored[num] = c
				case paceline.KindOf(r.Err) == paceline.Unavailable:
					full = true
				default:
					t.Error(r.Err)
				}
			})
		}
		wg.Wait()
	}
	if !full {
		t.Fatal("the disk never was full")
	}
	select {
	case err := <-s.Fatal():
		t.Fatal("a full disk is not fatal:", err)
	default:
	}
	// Everything acknowledged is there, is read, goes on to its end and can be pruned.
	// While the room that was kept for this is being given up, the answer may be "busy", and the engine sends it again.
	for num, c := range stored {
		waitUntil(t, "a transaction goes on to its end on a full disk", func() bool {
			r := f.submit(t, f.advance(c, num, 1, paceline.RunCompleted, nil))
			if r.Refused || r.Err != nil && paceline.KindOf(r.Err) != paceline.Unavailable {
				t.Fatalf("advance of %d on a full disk: %+v", num, r)
			}
			return r.Err == nil
		})
	}
	for {
		p, err := s.Prune(t.Context(), 1<<62, 50)
		if err != nil {
			t.Fatal("prune on a full disk:", err)
		}
		if !p.Any() {
			break
		}
	}
	waitUntil(t, "accepts again after pruning", func() bool { return f.submit(t, f.acceptNumbered(f.cycles[0], 500_000)).Err == nil })
}

// TestLogIsReusedUnderLoad: the write-ahead log must not grow for as long as the load lasts. How large it becomes first depends
// on how fast the disk is beside the processors; that it is used again does not.
func TestLogIsReusedUnderLoad(t *testing.T) {
	t.Parallel()
	o := testOptions(t, "sqlite")
	s := openTest(t, o)
	f := newFixture(t, s, 8)
	payload := make([]byte, 60_000)
	const round, most = 8 * 40 * 60_000, 1 << 30
	written, grown, size := 0, 0, int64(0)
	for written-grown < 2*walPassive {
		if written > most {
			t.Fatalf("after %d bytes of payloads the log has %d bytes and still grows", written, size)
		}
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				for range 40 {
					f.mustSubmit(t, f.accept(t, f.cycles[i], payload))
				}
			})
		}
		wg.Wait()
		written += round
		if info, err := os.Stat(o.Path + "-wal"); err == nil && info.Size() > size {
			size, grown = info.Size(), written
		}
	}
	waitUntil(t, "an idle store empties its log", func() bool {
		info, err := os.Stat(o.Path + "-wal")
		return err == nil && info.Size() == 0
	})
}
