package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestNoSecretIsFound enters secrets and looks for them wherever a thief or a curious person can look (T-SEC-1, T-SEC-4,
// T-SEC-6): in the data folder and in a backup, and in what the API, the metrics, the profile of the heap and the log tell, though the
// vendor repeats the credential in answers and refusals in every form.
func TestNoSecretIsFound(t *testing.T) {
	onBoth(t, func(t *testing.T, settings []string) {
		r := newRemote(t)
		r.key = "canary-credential/+7f3a9c"
		r.before = func(w http.ResponseWriter, _ *http.Request, event string) bool {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("X-Echo", r.key)
			if strings.HasPrefix(event, "refused") {
				w.WriteHeader(http.StatusBadRequest)
			}
			json.NewEncoder(w).Encode(map[string]any{"id": "id of " + event, "echo": formsOf(r.key), "message": "the key " + r.key + " is not ours"})
			return true
		}
		v, in := relay(t, start{settings: settings}, r)
		canaries := []string{r.key, "canary-webhook-secret-2b8d", "canary-property-91ee"}
		var connectors []struct{ Id int }
		in.c.call(http.MethodGet, "/v1.0/account/connectors", nil, &connectors)
		path := fmt.Sprintf("/v1.0/account/connectors/%d", connectors[0].Id)
		for name, value := range map[string]string{"WebhookSecret": canaries[1], "ClientSecret": canaries[2]} {
			in.c.call(http.MethodPost, path+"/properties", map[string]string{"Name": name, "Value": value}, nil)
		}
		in.secret = canaries[1]
		var ids []string
		for _, event := range []string{"taken", "refused"} {
			a, err := in.deliver(event)
			if err != nil || a.status != http.StatusOK {
				t.Fatalf("a delivery: %v %d %s", err, a.status, a.body)
			}
			ids = append(ids, a.header.Get("X-Transaction-Id"))
		}
		in.awaitStatus("Completed", ids[0])
		await(t, "the refusal to be told", func() (bool, any) {
			text := slices.Concat(in.c.send(http.MethodGet, "/v1.0/cycles/incidents/error?pageSize=100", nil, nil).body,
				in.c.send(http.MethodGet, "/v1.0/cycles/incidents/warning?pageSize=100", nil, nil).body)
			return bytes.Contains(text, []byte(ids[1])), string(text)
		})

		read := map[string][]byte{}
		for _, path := range []string{
			"/v1.0/account/connectors", path, path + "/properties", path + "/setup", "/v1.0/cycles/" + in.cycle, "/v1.0/cycles/" + in.cycle + "/steps",
			"/v1.0/cycles/" + in.cycle + "/transactions/" + ids[0], "/v1.0/cycles/" + in.cycle + "/transactions/" + ids[1],
			"/v1.0/cycles/incidents/error?pageSize=100", "/v1.0/cycles/incidents/warning?pageSize=100", "/v1.0/audit?pageSize=1000",
		} {
			a := in.c.send(http.MethodGet, path, nil, nil)
			if a.status != http.StatusOK {
				t.Errorf("%s answers %d %s", path, a.status, a.body)
			}
			read["GET "+path] = a.body
		}
		if log := string(read["GET /v1.0/cycles/"+in.cycle+"/transactions/"+ids[0]]); !strings.Contains(log, "REDACTED") {
			t.Errorf("the log shows nothing that was masked: %s", log)
		}
		for _, path := range []string{"/metrics", "/health"} {
			a := in.c.send(http.MethodGet, v.MetricsAddress+path, nil, nil)
			read[path] = a.body
		}
		backup := filepath.Join(v.start.dir, "backup")
		if out, code := runCommand(t, v.start.dir, settings, "backup", "--out", backup, "--data", "data"); code != 0 {
			t.Fatalf("the backup ended with code %d: %s", code, out)
		}
		v.stop()
		read["the log"] = []byte(v.out.String())
		files := 0
		if err := filepath.WalkDir(v.start.dir, func(file string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			files++
			read[file], err = os.ReadFile(file)
			return err
		}); err != nil || files < 2 {
			t.Fatalf("%d files: %v", files, err)
		}
		for _, canary := range canaries {
			for _, form := range formsOf(canary) {
				for where, text := range read {
					if at := bytes.Index(text, []byte(form)); at >= 0 {
						t.Errorf("%s holds %q: %q", where, form, text[max(0, at-60):min(len(text), at+len(form)+20)])
					}
				}
			}
		}
	})
}

// formsOf are the texts in which a secret may stand somewhere.
func formsOf(secret string) []string {
	return []string{
		secret, base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)),
		hex.EncodeToString([]byte(secret)), url.QueryEscape(secret), strings.ReplaceAll(secret, "/", `\/`),
	}
}
