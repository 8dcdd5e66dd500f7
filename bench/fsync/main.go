// Command fsync prints how long an append of 4 KB followed by fdatasync takes on a folder's disk.
//
// Figures of durable work mean little without it: the same program is ten times faster on a disk that
// answers ten times sooner, or on one that lies.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"

	"paceline/bench/disk"
)

func main() {
	folder := flag.String("dir", ".", "folder on the disk to measure")
	count := flag.Int("count", 1000, "appends to time")
	flag.Parse()
	summary, err := disk.Fdatasync(*folder, *count)
	if err != nil {
		fmt.Fprintln(os.Stderr, "fsync:", err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(map[string]float64{
		"fdatasync_p50_us": summary.P50,
		"fdatasync_p99_us": summary.P99,
	})
}
