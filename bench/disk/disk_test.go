package disk

import (
	"os"
	"testing"
	"time"
)

func TestMeasurementsGiveFiguresAndLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	sync, err := Fdatasync(folder, 5)
	if err != nil || sync.N != 5 || sync.P50 <= 0 || sync.P99 < sync.P50 {
		t.Errorf("fdatasync: %+v, %v", sync, err)
	}
	rate, err := Rawlog(t.Context(), folder, 8, 20*time.Millisecond)
	if err != nil || rate <= 0 {
		t.Errorf("rawlog: %v runs/s, %v", rate, err)
	}
	if left, _ := os.ReadDir(folder); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAMissingFolderIsAnError(t *testing.T) {
	t.Parallel()
	if _, err := Fdatasync("/nowhere/at/all", 1); err == nil {
		t.Error("fdatasync in a missing folder succeeded")
	}
	if _, err := Rawlog(t.Context(), "/nowhere/at/all", 1, time.Millisecond); err == nil {
		t.Error("rawlog in a missing folder succeeded")
	}
}
