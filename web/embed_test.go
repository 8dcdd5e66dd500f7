package web

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestSectionsAreThoseOfTheRoutes(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("src/console/router.tsx")
	if err != nil {
		t.Fatal(err)
	}
	var used []string
	for _, m := range regexp.MustCompile(`(?:route\(|path: )'/([a-z-]+)`).FindAllSubmatch(source, -1) {
		used = append(used, string(m[1]))
	}
	slices.Sort(used)
	if used = slices.Compact(used); !slices.Equal(used, Sections) {
		t.Errorf("the routes begin with %v, Sections are %v", used, Sections)
	}
}

func TestThereIsAlwaysAPage(t *testing.T) {
	t.Parallel()
	if _, err := fs.Stat(Dist(), "index.html"); err != nil {
		t.Error(err)
	}
}

// firstLoad is how many bytes of compressed script the console may take before the builder is opened.
const firstLoad = 300_000

var (
	scriptOfPage = regexp.MustCompile(`(?:src|href)="/?([^"]+\.js)"`)
	importOfFile = regexp.MustCompile(`(?:from|import)\s*["']\./([^"']+\.js)["']`)
)

func TestFirstLoadIsSmall(t *testing.T) {
	t.Parallel()
	if !Built() {
		t.Skip("the application is not built: scripts/web builds it, as make test does")
	}
	page, err := fs.ReadFile(Dist(), "index.html")
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] {
			seen[name], files = true, append(files, name)
		}
	}
	for _, m := range scriptOfPage.FindAllSubmatch(page, -1) {
		add(string(m[1]))
	}
	sum := 0
	for i := 0; i < len(files); i++ {
		text, err := fs.ReadFile(Dist(), files[i])
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range importOfFile.FindAllSubmatch(text, -1) { // what a file imports at once comes with it
			add(path.Join(path.Dir(files[i]), string(m[1])))
		}
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		sum += packed.Len()
		t.Logf("%7d %s", packed.Len(), files[i])
	}
	if len(files) == 0 || sum > firstLoad {
		t.Errorf("the first load has %d bytes of compressed script in %d files, %d are allowed", sum, len(files), firstLoad)
	}
}

// TestNoFileNamesUs: scripts, styles and pictures go to the pages of partners, which name nobody but them. The console's page has our
// name in places that the server replaces.
func TestNoFileNamesUs(t *testing.T) {
	t.Parallel()
	if !Built() {
		t.Skip("the application is not built: scripts/web builds it, as make test does")
	}
	err := fs.WalkDir(Dist(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || name == "index.html" || name == "host/package.json" { // which no page loads
			return err
		}
		text, err := fs.ReadFile(Dist(), name)
		if at := bytes.Index(bytes.ToLower(text), []byte("paceline")); at >= 0 || strings.Contains(strings.ToLower(name), "paceline") {
			t.Errorf("%s names us: %s", name, text[max(0, at-40):min(len(text), max(0, at)+40)])
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	page, err := fs.ReadFile(Dist(), "index.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, mark := range []string{`<meta name="product" content="Paceline">`, "<title>Paceline</title>", `href="/docs/icon.svg" type="image/svg+xml"`} {
		if bytes.Count(page, []byte(mark)) != 1 {
			t.Errorf("index.html has no %s, which the server replaces", mark)
		}
	}
	if n := bytes.Count(page, []byte("aceline")); n != 2 {
		t.Errorf("index.html names us %d times", n)
	}
}
