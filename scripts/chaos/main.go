// Command chaos looks for what a crash or an unlucky order of events could lose or repeat, for a given time: it
// simulates the core with ever new seeds, kills servers at every named point, lets everything happen to three nodes on
// one PostgreSQL that happens to machines, runs schedules on such nodes for up to ten minutes, and kills a server with
// 2,000 webhooks in flight, on SQLite and PostgreSQL. Once, such nodes are killed 200 times, carry 10,000 events in their order, let
// 10,000 calls hang and have 1,000,000 transactions queued; with the rest that takes some 45 minutes. With less than ten minutes there
// are fewer of them.
//
// What mostly waits goes beside what mostly computes. What measures delays, but for those of which seconds are allowed, is alone.
//
//	scripts/with-postgres go run ./scripts/chaos -for 10m
//
// It ends with one line of JSON with counts. Its exit code is 1 when anything was found; a simulation that failed
// prints its seed, with which "go test ./engine/core -run TestNoTokenIsLostOrRunTwice -rapid.seed=N" plays it again.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

func main() {
	length := flag.Duration("for", 10*time.Minute, "how long; what has begun is finished, and the first round holds each thing at least once")
	seeds := flag.Int("seeds", 20_000, "simulations in each round")
	quick := flag.Bool("quick", false, "one small round without the kill of 2,000 in flight, to prove that it works")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	begin := time.Now()
	c := chaos{ctx: ctx, out: os.Stdout, seeds: *seeds, quick: *quick, length: *length, end: begin.Add(*length), counts: counts{More: map[string]int{}}}
	for c.Rounds == 0 || !c.over() && !c.quick {
		c.round()
	}
	c.Seconds = int(time.Since(begin).Seconds())
	line, err := json.Marshal(c.counts)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
	if c.found() {
		os.Exit(1)
	}
}

// counts are what was done and found.
type counts struct {
	Rounds      int `json:"rounds"`
	Seconds     int `json:"seconds"`
	Seeds       int `json:"seeds"`
	SeedsFailed int `json:"seeds_failed"` // simulations end with the first that fails in a round
	Kills       int `json:"kills"`
	KillsFailed int `json:"kills_failed"`
	W4Kills     int `json:"w4_kills"`
	W4Lost      int `json:"w4_lost"`
	W4Repeated  int `json:"w4_repeated_max"`
	NodeTests   int `json:"node_tests"`  // with several servers on one PostgreSQL
	NodeEvents  int `json:"node_events"` // that they acknowledged
	NodeRepeats int `json:"node_repeats"`
	NodeFailed  int `json:"node_failed"`
	Broken      int `json:"broken"` // commands that could not do their work
	// More is what the tests tell themselves; what must be 0 fails them.
	More map[string]int `json:"more"`
}

func (c *counts) found() bool {
	return c.SeedsFailed+c.KillsFailed+c.W4Lost+c.NodeFailed+c.Broken > 0 || c.W4Repeated > mayRepeat
}

// mayRepeat is how many calls of one account may be in progress, and so be made again after a kill.
const mayRepeat = 50

type chaos struct {
	counts
	mu    sync.Mutex // of counts and out: some commands run beside each other
	ctx   context.Context
	out   io.Writer
	seeds int
	quick bool

	length time.Duration
	end    time.Time
}

// over reports whether nothing more is to begin.
func (c *chaos) over() bool { return c.ctx.Err() != nil || time.Now().After(c.end) }

// late reports whether nothing more of this round is to begin. The first one holds each thing, however long it takes.
func (c *chaos) late() bool { return c.ctx.Err() != nil || c.Rounds > 1 && c.over() }

// What each run has to tell: a promise of which nothing is counted is not held.
var (
	turmoilCounts = []string{
		"kills", "freezes", "cut_offs", "clock_steps", "drains", "slow_disks", "database_restarts", "events", "lost", "calls_repeated", "repeated_too_many",
		"tokens_expired", "refresh_runs", "refreshes_too_many", "renewals_repeated_too_many", "called_too_early", "drain_unready_ms_max", "drain_ms_max",
		"outage_growth_mib_max", "outage_normal_ms_max", "schedules", "slots", "slots_doubled", "slots_missed",
	}
	killCounts      = []string{"node_kills", "kill_events", "kill_lost", "kill_repeated"}
	neighbourCounts = []string{
		"stuck_calls", "stuck_growth_mib_max", "beside_idle_ms_max", "beside_stuck_ms_max", "queued", "beside_queued_ms_max", "beside_queued_late",
		"newcomer_ms_max",
	}
	nodeCounts = []string{
		"same_event_copies", "same_event_runs_max", "serial_events", "serial_inversions", "full_disk_refused", "full_disk_healed_ms_max",
		"away_normal_ms_max", "away_answer_ms_max", "node_poison_deaths_max", "node_poison_parked", "busy_accounts", "busy_short", "hang_drain_ms_max",
	}
	poisonCounts = []string{"poison_deaths_max", "poison_parked"}
)

// mostMinutes is how long schedules are run by the machine's clock, and leastSeconds how long everything happens, in one round.
const mostMinutes, leastSeconds = 10, 60

func (c *chaos) round() {
	c.Rounds++
	computed := func() {
		c.simulate()
		c.kill()
		c.queueSerial()
		c.crash()
	}
	if c.Rounds == 1 {
		c.beside(c.turmoil, c.killOften)
		c.beside(c.many, computed)
		c.neighbours()
	} else {
		c.beside(c.turmoil, computed)
		c.many()
	}
	fmt.Fprintf(c.out, "%+v\n", c.counts)
}

// beside does several things at once.
func (c *chaos) beside(all ...func()) {
	var parts sync.WaitGroup
	for _, f := range all {
		parts.Go(f)
	}
	parts.Wait()
}

func (c *chaos) simulate() {
	text, err := c.command(nil, "go", "test", "./engine/core", "-count=1", "-run", "^TestNoTokenIsLostOrRunTwice$", fmt.Sprintf("-rapid.checks=%d", c.seeds), "-timeout=30m")
	c.simulated(text, err)
}

// kill ends servers at each named point. Where in its work one dies differs from round to round.
func (c *chaos) kill() {
	if c.ctx.Err() != nil {
		return
	}
	pass := fmt.Sprintf("PACELINE_KILL_PASS=%d", 1+(25+17*c.Rounds)%50)
	text, err := c.command([]string{pass}, "go", "test", "./engine", "-count=1", "-run", "^(TestKill|TestPoison)$", "-v", "-timeout=30m")
	c.killed(text, err)
}

// turmoil lets everything happen to nodes, and runs schedules on others.
func (c *chaos) turmoil() {
	if c.quick || c.ctx.Err() != nil {
		return
	}
	minutes := min(mostMinutes, max(1, int(c.length/time.Minute)))
	text, err := c.command([]string{
		fmt.Sprintf("PACELINE_CHAOS_SECONDS=%d", max(leastSeconds, minutes*60)), fmt.Sprintf("PACELINE_CHAOS_MINUTES=%d", minutes),
	}, "go", "test", "./e2e", "-count=1", "-run", "^(TestChaos|TestSchedulesAcrossNodes)$", "-v", "-timeout=40m")
	c.shared(text, err, turmoilCounts...)
}

// queueSerial has many transactions of a serial cycle wait, once.
func (c *chaos) queueSerial() {
	if c.Rounds > 1 || c.quick || c.ctx.Err() != nil {
		return
	}
	_, err := c.command([]string{"PACELINE_SERIAL_QUEUED=250000"}, "go", "test", "./engine", "-count=1", "-run", "^TestSerialCycleWithManyQueued$", "-timeout=30m")
	if err != nil && c.ctx.Err() == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.Broken++
	}
}

func (c *chaos) crash() {
	if c.quick || c.late() {
		return
	}
	text, err := c.command(nil, "go", "run", "./bench/run", "--only", "w4", "--report", "json")
	c.crashed(text, err)
}

// killOften and neighbours are of the size of their promises, many has each test of several nodes once more.
func (c *chaos) killOften() { c.sized("TestNodesKilledOften", killCounts) }

func (c *chaos) neighbours() { c.sized("TestNeighbours", neighbourCounts) }

func (c *chaos) sized(test string, counts []string) {
	if c.quick || c.ctx.Err() != nil {
		return
	}
	text, err := c.command(c.sizes(), "go", "test", "./e2e", "-count=1", "-run", "^"+test+"$", "-v", "-timeout=120m")
	c.shared(text, err, counts...)
}

func (c *chaos) many() {
	if c.quick || c.late() {
		return
	}
	text, err := c.command(append(c.sizes(), "PACELINE_NODE_KILLS=10"), "go", "test", "./e2e", "-count=1", "-run", "^(TestNode|TestSerialCycleAcrossNodes|TestPoisonAcrossNodes|TestPartsOfBusyAccounts)",
		"-skip", "^TestNodesKilledOften$", "-v", "-timeout=30m")
	c.shared(text, err, nodeCounts...)
}

// sizes are those of the promises, or in a shorter time less.
func (c *chaos) sizes() (env []string) {
	for _, s := range []struct {
		name string
		most int
	}{{"KILLS", 200}, {"SERIAL", 10_000}, {"STUCK", 10_000}, {"QUEUED", 1_000_000}} {
		env = append(env, fmt.Sprintf("PACELINE_CHAOS_%s=%d", s.name, max(1, int(min(1, c.length.Minutes()/mostMinutes)*float64(s.most)))))
	}
	return env
}

// command runs a command, and shows its output when it fails.
func (c *chaos) command(env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(c.ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	begin := time.Now()
	text, err := cmd.CombinedOutput()
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprintf(c.out, "%v: %s %s\n", time.Since(begin).Round(time.Second), strings.Join(env, " "), strings.Join(args, " "))
	if err != nil && c.ctx.Err() == nil {
		fmt.Fprintf(c.out, "%s %s\n%s\n", strings.Join(env, " "), strings.Join(cmd.Args, " "), text)
	}
	return string(text), err
}

func (c *chaos) simulated(text string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err == nil:
		c.Seeds += c.seeds
	case c.ctx.Err() != nil:
	case strings.Contains(text, "--- FAIL"):
		c.SeedsFailed++
	default:
		c.Broken++
	}
}

func (c *chaos) killed(text string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	missing := c.read(text, poisonCounts)
	passed, failed := strings.Count(text, "--- PASS: TestKill/"), strings.Count(text, "--- FAIL: TestKill/")
	c.Kills += passed + failed
	if c.ctx.Err() != nil {
		return
	}
	c.KillsFailed += failed
	if passed+failed == 0 || err != nil && failed == 0 || err == nil && missing {
		c.Broken++
	}
}

// nodeEvents is how the tests of nodes tell their counts.
var nodeEvents = regexp.MustCompile(`(\d+) events were acknowledged, (\d+) calls repeated`)

// told is how tests tell counts by name; those with _max are the greatest of all.
var told = regexp.MustCompile(`counts (\{.*\})`)

// read takes what a run tells, and reports whether it lacks anything that it has to.
func (c *chaos) read(text string, need []string) (missing bool) {
	seen := map[string]bool{}
	for _, m := range told.FindAllStringSubmatch(text, -1) {
		var more map[string]int
		if json.Unmarshal([]byte(m[1]), &more) != nil {
			c.Broken++
		}
		for name, n := range more {
			seen[name] = true
			if strings.HasSuffix(name, "_max") {
				c.More[name] = max(c.More[name], n)
				continue
			}
			c.More[name] += n
		}
	}
	for _, name := range need {
		if !seen[name] {
			fmt.Fprintf(c.out, "nothing was told of %s\n", name)
			missing = true
		}
	}
	return missing
}

func (c *chaos) shared(text string, err error, need ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	missing := c.read(text, need)
	for _, m := range nodeEvents.FindAllStringSubmatch(text, -1) {
		events, _ := strconv.Atoi(m[1])
		repeats, _ := strconv.Atoi(m[2])
		c.NodeEvents, c.NodeRepeats = c.NodeEvents+events, c.NodeRepeats+repeats
	}
	passed, failed := strings.Count(text, "\n--- PASS: Test"), strings.Count(text, "\n--- FAIL: Test")
	c.NodeTests += passed + failed
	if c.ctx.Err() != nil {
		return
	}
	c.NodeFailed += failed
	if passed+failed == 0 || err != nil && failed == 0 || err == nil && missing {
		c.Broken++
	}
}

// crashed reads the line of JSON that the bench ends with.
func (c *chaos) crashed(text string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx.Err() != nil {
		return
	}
	var figures struct {
		Lost     *float64 `json:"w4_lost_max"`
		Repeated *float64 `json:"w4_repeated_max"`
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "{") {
			if json.Unmarshal([]byte(line), &figures) != nil {
				break
			}
		}
	}
	if figures.Lost == nil || figures.Repeated == nil {
		c.Broken++
		return
	}
	c.W4Kills += 2 // one on each database
	c.W4Lost += int(*figures.Lost)
	c.W4Repeated = max(c.W4Repeated, int(*figures.Repeated))
	if err != nil && *figures.Lost == 0 {
		c.Broken++
	}
}
