package engine_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/store/storetest"
)

// TestExamplesOfUtilities plays the examples on the pages of docs/utilities: each block of YAML there that begins with
// about is a scenario.
func TestExamplesOfUtilities(t *testing.T) {
	pages := must(filepath.Glob("../docs/utilities/*.md"))
	if len(pages) < 3 {
		t.Fatalf("found %d pages only", len(pages))
	}
	for _, page := range pages {
		name := strings.TrimSuffix(filepath.Base(page), ".md")
		if name == "README" {
			continue
		}
		blocks := strings.Split(string(must(os.ReadFile(page))), "```yaml\n")[1:]
		blocks = slices.DeleteFunc(blocks, func(b string) bool { return !strings.HasPrefix(b, "about:") })
		if len(blocks) == 0 {
			t.Errorf("%s has no example", page)
		}
		for i, block := range blocks {
			block, _, _ = strings.Cut(block, "\n```")
			t.Run(fmt.Sprint(name, "_", i+1), func(t *testing.T) {
				t.Parallel()
				s := read(t, block)
				options := storetest.SQLite(t)
				synctest.Test(t, func(t *testing.T) { play(t, s, options, nil) })
			})
		}
	}
}

// TestUtilitiesHavePages: the page of every utility connector leads to one of docs/utilities, which the list there has.
func TestUtilitiesHavePages(t *testing.T) {
	t.Parallel()
	list := string(must(os.ReadFile("../docs/utilities/README.md")))
	found := 0
	for _, file := range must(filepath.Glob("../connectors/*/connector.yaml")) {
		def, _ := connector.Parse(file, must(os.ReadFile(file)))
		if def == nil || !slices.Contains(def.Metadata.Categories, "Utility") {
			continue
		}
		found++
		about := string(must(os.ReadFile(filepath.Join(filepath.Dir(file), "README.md"))))
		_, page, _ := strings.Cut(about, "](../../docs/utilities/")
		page, _, _ = strings.Cut(page, ")")
		if _, err := os.Stat("../docs/utilities/" + page); page == "" || err != nil || !strings.Contains(list, "]("+page+")") {
			t.Errorf("%s has no page in docs/utilities: %q", def.Metadata.Name, page)
		}
	}
	if found < 15 {
		t.Errorf("only %d utilities were found", found)
	}
}

// firstUtility is the account connector of the first utility, in the order of their keys.
const firstUtility = 100

var utilities = sync.OnceValue(func() (list []*connector.Compiled) {
	for _, file := range must(filepath.Glob("../connectors/*/connector.yaml")) {
		def, problems := connector.Parse(file, must(os.ReadFile(file)))
		if def == nil {
			panic(fmt.Sprint(problems))
		}
		if def.IsUtility() {
			list = append(list, must(connector.Compile(def)))
		}
	}
	return list
})

func utilityWith(id int32) *connector.Compiled {
	if i := int(id) - firstUtility; i >= 0 && i < len(utilities()) {
		return utilities()[i]
	}
	return nil
}

// utilityNamed is the account connector of the utility with the key.
func utilityNamed(t testing.TB, key string) int32 {
	t.Helper()
	i := slices.IndexFunc(utilities(), func(c *connector.Compiled) bool { return c.Definition.Metadata.Key == key })
	if i < 0 {
		t.Fatalf("there is no utility %s", key)
	}
	return int32(firstUtility + i)
}

// useUtility makes a step that calls a method of a utility.
func useUtility(t testing.TB, s *paceline.PlanStep, n node, mapping func(string) paceline.Mapping) {
	key, method, _ := strings.Cut(n.Use, "/")
	id := utilityNamed(t, key)
	m := utilityWith(id).Method(method)
	s.Kind, s.Method, s.AccountConnector = paceline.StepAction, method, id
	s.Repeat, s.SplitAt = m.Repeat, n.Split
	for _, key := range inOrder(n.Map) {
		s.Inputs = append(s.Inputs, paceline.PlanInput{Field: !strings.Contains(key, ":"), Key: key, Label: key, Mapping: mapping(n.Map[key])})
	}
}

// standardSecret signs the deliveries of error webhooks.
var standardSecret = "whsec_" + base64.StdEncoding.EncodeToString([]byte(secret))

func signStandard(h http.Header, id string, body []byte) {
	at := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(id + "." + at + "."))
	mac.Write(body)
	h.Set("Webhook-Timestamp", at)
	h.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}
