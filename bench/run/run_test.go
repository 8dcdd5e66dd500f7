package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The test binary plays Paceline when this variable is set: as little of it as the bench touches.
const playPaceline = "BENCH_TEST_PLAY_PACELINE"

func TestMain(m *testing.M) {
	if os.Getenv(playPaceline) != "" {
		tinyPlatform(os.Args[2:])
		return
	}
	os.Setenv(playPaceline, "yes")
	os.Exit(m.Run())
}

// tinyPlatform refuses what the real one would refuse of the bench's set-up, and does W1 unsaved.
func tinyPlatform(args []string) {
	var data, connectors, sink, ready, sinkURL string
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	addr := flags.String("addr", "", "")
	flags.StringVar(&data, "data", "", "")
	flags.StringVar(&connectors, "connectors", "", "")
	flags.StringVar(&sink, "egress-allow", "", "")
	flags.StringVar(&ready, "ready-file", "", "")
	flags.Parse(args)
	must(os.MkdirAll(data, 0o755))
	stored, err := os.OpenFile(filepath.Join(data, "paceline.db"), os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	must(err)
	_, err = os.Stat(filepath.Join(connectors, "bench-sink", "connector.yaml"))
	must(err)

	active := true // a later start finds the cycle running
	mux := http.NewServeMux()
	api := func(route, account, answer string, check func(body []byte) bool) {
		mux.HandleFunc(route, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			switch {
			case !strings.HasSuffix(route, "/token") && r.Header.Get("Authorization") != "Bearer t0ken",
				r.Header.Get("X-Cyclr-Account") != account:
				w.WriteHeader(http.StatusUnauthorized)
			case !check(body):
				w.WriteHeader(http.StatusBadRequest)
			default:
				io.WriteString(w, answer)
			}
		})
	}
	anything := func([]byte) bool { return true }
	api("POST /oauth/token", "", `{"access_token":"t0ken"}`, func(body []byte) bool {
		return string(body) == "client_id=client&client_secret=s3cret&grant_type=client_credentials"
	})
	api("POST /v1.0/accounts", "", `{"Id":"bench"}`, func(b []byte) bool { active = false; return bytes.Contains(b, []byte(`"Name":"Bench"`)) })
	api("POST /v1.0/templates/import", "", `{"Id":"tpl"}`, json.Valid)
	api("POST /v1.0/connectors/Bench Sink/install", "bench", `{}`, func(body []byte) bool {
		var in struct {
			Properties []struct{ Name, Value string }
		}
		if json.Unmarshal(body, &in) != nil || len(in.Properties) != 1 || in.Properties[0].Name != "SinkUrl" {
			return false
		}
		sinkURL = in.Properties[0].Value
		os.WriteFile(filepath.Join(data, "sink"), []byte(sinkURL), 0o600)
		return sinkURL == "http://"+sink
	})
	api("POST /v1.0/templates/tpl/install", "bench", `{"Id":"cyc"}`, anything)
	api("PUT /v1.0/cycles/cyc/activate", "bench", `{}`, func([]byte) bool { active = true; return true })
	api("GET /v1.0/cycles/cyc/steps", "bench", `[{"Name":"a","WebhookUrl":null},{"Name":"b","WebhookUrl":"http://elsewhere.example/api/webhook/abc"}]`, anything)
	if text, err := os.ReadFile(filepath.Join(data, "sink")); err == nil {
		sinkURL = string(text)
	}
	mux.HandleFunc("POST /api/webhook/abc", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var in map[string]any
		if !active || json.Unmarshal(body, &in) != nil {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		stored.Write(body)
		final := map[bool]string{true: "/final/eu", false: "/final/row"}[in["country"] == "DE"]
		for _, call := range []struct {
			path string
			body map[string]any
		}{
			{"/crm", map[string]any{"cid": in["cid"], "given_name": in["first_name"], "family_name": in["last_name"], "mail": in["email"],
				"phone": in["phone"], "country": in["country"], "company": in["company"].(map[string]any)["name"]}},
			{final, map[string]any{"cid": in["cid"], "crm_id": "crm-1", "country": in["country"]}},
		} {
			body, err := json.Marshal(call.body)
			must(err)
			resp, err := http.Post(sinkURL+call.path, "application/json", bytes.NewReader(body))
			must(err)
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
	})
	listener, err := net.Listen("tcp", *addr)
	must(err)
	text, err := json.Marshal(map[string]any{"Address": "http://" + listener.Addr().String(), "ClientId": "client", "ClientSecret": "s3cret"})
	must(err)
	must(os.WriteFile(ready, text, 0o600))
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	go http.Serve(listener, mux)
	<-end
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func TestTheWholeBenchRunsAndEndsWithOneLineOfJSON(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	o, err := parse([]string{"--quick", "--only", "w1,bytes", "--count", "60", "--dir", folder, "--binary", os.Args[0]}, "")
	if err != nil {
		t.Fatal(err)
	}
	o.idleCount = 1
	var out, progress bytes.Buffer
	if err := run(o, &out, &progress); err != nil {
		t.Fatalf("%v\n%s", err, &progress)
	}
	var last string
	lines := 0
	for scan := bufio.NewScanner(&out); scan.Scan(); lines++ {
		last = scan.Text()
	}
	var figures map[string]float64
	if err := json.Unmarshal([]byte(last), &figures); err != nil {
		t.Fatalf("the last line is no JSON: %v\n%s", err, last)
	}
	if lines < 10 {
		t.Errorf("the table has %d lines", lines)
	}
	for _, key := range []string{"w1_sqlite_ratio", "idle_ratio", "rawlog_per_s", "fdatasync_p50_us", "bytes_ratio", "bytes_random_ratio"} {
		v := figures[key]
		if v <= 0 || figures[key+"_min"] > v || figures[key+"_max"] < v {
			t.Errorf("%s = %v, min %v, max %v", key, v, figures[key+"_min"], figures[key+"_max"])
		}
	}
	if _, ok := figures["w1_lost"]; !ok || figures["w1_lost"] != 0 {
		t.Errorf("w1_lost = %v", figures["w1_lost"])
	}
	if _, ok := figures["w1_postgres_ratio"]; ok {
		t.Error("a PostgreSQL figure without PostgreSQL")
	}
	// The tiny platform stores exactly the webhooks' bodies, of which there are more bytes than of all calls.
	if r := figures["bytes_ratio"]; r < 0.6 || r > 1 {
		t.Errorf("bytes_ratio = %v", r)
	}
	if left, _ := os.ReadDir(folder); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAProgramThatEndsAtOnceIsAnErrorWithItsOutput(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := &subject{name: "wrong", log: filepath.Join(folder, "log")}
	err := s.launch(t.Context(), filepath.Join(folder, "ready"), nil, "/bin/sh", "-c", "echo no such luck; exit 3")
	if err == nil || !strings.Contains(err.Error(), "no such luck") {
		t.Errorf("%v", err)
	}
}

func TestCarries(t *testing.T) {
	t.Parallel()
	for body, good := range map[string]bool{
		`{"a":"1","b":"2"}`: true, `{"a":"1","b":""}`: false, `{"a":"1"}`: false, `{"a":"1","b":"2","c":"3"}`: false, `{"a":1,"b":"2"}`: false, ``: false,
	} {
		if err := carries([]byte(body), []string{"a", "b"}); (err == nil) != good {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args     string
		database string
		postgres string
		fails    bool
	}{
		"nothing":                 {postgres: "auto"},
		"the environment":         {database: "postgres://a", postgres: "postgres://a"},
		"a flag wins":             {args: "--postgres postgres://b", database: "postgres://a", postgres: "postgres://b"},
		"off wins too":            {args: "--postgres off", database: "postgres://a", postgres: "off"},
		"quick starts no cluster": {args: "--quick", postgres: "off"},
		"quick takes one given":   {args: "--quick --postgres postgres://b", postgres: "postgres://b"},
		"no such report":          {args: "--report yaml", fails: true},
		"workloads":               {args: "--only w1,noop", postgres: "auto"},
		"no such workload":        {args: "--only w1,w9", fails: true},
		"no pairs":                {args: "--pairs 0", fails: true},
		"shrunk":                  {args: "--shrink 20", postgres: "auto"},
		"shrunk to nothing":       {args: "--shrink 0", fails: true},
	}
	for name, tt := range tests {
		o, err := parse(strings.Fields(tt.args), tt.database)
		if (err != nil) != tt.fails || err == nil && o.postgres != tt.postgres {
			t.Errorf("%s: postgres %q, %v", name, o.postgres, err)
		}
	}
}

func TestFigures(t *testing.T) {
	t.Parallel()
	ratio := samples{100, 300, 240, 90}.over(samples{200, 200, 300, 300})
	if got, want := ratio.figure(), (figure{0.65, 0.3, 1.5}); math.Abs(got.Median-want.Median) > 1e-9 || got.Min != want.Min || got.Max != want.Max {
		t.Errorf("figure of %v is %+v, want %+v", ratio, got, want)
	}
	if got := (samples{3, 1, 2}).figure(); got != (figure{2, 1, 3}) {
		t.Errorf("figure of an odd number is %+v", got)
	}
	least, most, lost := meaning{target: 0.4}, meaning{target: 2, most: true}, meaning{key: "w1_lost"}
	for _, tt := range []struct {
		meaning meaning
		figure  figure
		want    string
	}{
		{least, figure{0.3, 0.2, 0.4}, ">= 0.4: met"},
		{least, figure{0.3, 0.2, 0.39}, ">= 0.4: MISSED"},
		{most, figure{3, 2, 4}, "<= 2: met"},
		{most, figure{3, 2.1, 4}, "<= 2: MISSED"},
		{lost, figure{0, 0, 1}, "0: MISSED"},
		{lost, figure{}, "0: met"},
		{meaning{}, figure{1, 1, 1}, ""},
	} {
		if got := tt.meaning.verdict(tt.figure); got != tt.want {
			t.Errorf("verdict of %+v is %q, want %q", tt.figure, got, tt.want)
		}
	}
}
