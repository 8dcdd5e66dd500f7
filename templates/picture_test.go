package templates

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"html"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"

	"paceline"
	"paceline/catalog"
)

var update = flag.Bool("update", false, "draw the pictures of the flows")

const pages = "../docs/templates/"

// TestPicturesAreFresh compares the picture on each template's page with one that is drawn of its flow.
func TestPicturesAreFresh(t *testing.T) {
	t.Parallel()
	for key, doc := range documents(t) {
		file := pages + key + ".svg"
		drawn := picture(doc)
		if *update {
			if err := os.WriteFile(file, drawn, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if have, err := os.ReadFile(file); err != nil || !bytes.Equal(have, drawn) {
			t.Errorf("%s is not the picture of its flow (-update draws it): %v", file, err)
		}
	}
}

// TestTemplatesHavePages: each template has a page with its picture, and the list there leads to it.
func TestTemplatesHavePages(t *testing.T) {
	t.Parallel()
	list, err := os.ReadFile(pages + "README.md")
	if err != nil {
		t.Fatal(err)
	}
	for key, doc := range documents(t) {
		page, err := os.ReadFile(pages + key + ".md")
		if err != nil {
			t.Error(err)
			continue
		}
		if !strings.HasPrefix(string(page), "# "+doc.Name+"\n") {
			t.Errorf("the page of %s does not begin with its name, %s", key, doc.Name)
		}
		for _, part := range []string{"](" + key + ".svg)", "## Applications", "## What the customer chooses", "## What can go wrong"} {
			if !strings.Contains(string(page), part) {
				t.Errorf("the page of %s has no %s", key, part)
			}
		}
		if !strings.Contains(string(list), "]("+key+".md)") {
			t.Errorf("the list of templates does not lead to %s", key)
		}
	}
}

func documents(t *testing.T) map[string]catalog.Document {
	t.Helper()
	files, err := fs.Glob(Files, "*/template.json")
	if err != nil || len(files) < 2 {
		t.Fatalf("%d templates, %v", len(files), err)
	}
	all := map[string]catalog.Document{}
	for _, file := range files {
		raw, err := Files.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var doc catalog.Document
		if err := json.Unmarshal(raw, &doc); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[path.Dir(file)] = doc
	}
	return all
}

// The measures of a picture.
const (
	boxWide, boxHigh = 300, 56
	margin           = 24
)

// picture draws the steps where the builder has them, each with its name and what it calls.
func picture(doc catalog.Document) []byte {
	wide, high := 0, 0
	for _, s := range doc.Flow.Steps {
		wide, high = max(wide, s.Left+boxWide), max(high, s.Top+boxHigh)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%[1]d" height="%[2]d" role="img" font-family="system-ui, sans-serif" font-size="14" text-anchor="middle">`+"\n", wide+margin, high+margin)
	fmt.Fprintf(&b, "  <title>%s</title>\n", html.EscapeString(doc.Name))
	b.WriteString(`  <defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z" fill="#4a5a68"/></marker></defs>` + "\n")
	fmt.Fprintf(&b, `  <rect width="%d" height="%d" rx="10" fill="#f5f7f9"/>`+"\n", wide+margin, high+margin)
	for _, e := range doc.Flow.Edges {
		edge(&b, &doc.Flow, e)
	}
	for _, s := range doc.Flow.Steps {
		box(&b, s)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

func edge(b *bytes.Buffer, flow *paceline.Flow, e paceline.Edge) {
	from, _ := flow.Step(e.Tail)
	to, _ := flow.Step(e.Head)
	x1, y1, x2, y2 := from.Left+boxWide/2, from.Top+boxHigh, to.Left+boxWide/2, to.Top
	fmt.Fprintf(b, `  <path d="M%d %dL%d %d" stroke="#4a5a68" fill="none" marker-end="url(#tip)"/>`+"\n", x1, y1, x2, y2)
	if e.Type != paceline.EdgeForward {
		fmt.Fprintf(b, `  <text x="%d" y="%d" font-size="12" fill="#4a5a68" text-anchor="start">%s</text>`+"\n",
			(x1+x2)/2+8, (y1+y2)/2+4, strings.ToLower(string(e.Type)))
	}
}

func box(b *bytes.Buffer, s paceline.Step) {
	fill, stroke, below := "#fff", "#4a5a68", s.Kind.String()
	if s.Connector != nil {
		fill, stroke, below = "#e4eef9", "#0b5cad", s.Connector.Name
	} else if s.Kind == paceline.StepDecision {
		fill, stroke = "#fbf3dc", "#9a6b00"
	}
	middle := s.Left + boxWide/2
	fmt.Fprintf(b, `  <rect x="%d" y="%d" width="%d" height="%d" rx="6" fill="%s" stroke="%s"/>`+"\n", s.Left, s.Top, boxWide, boxHigh, fill, stroke)
	fmt.Fprintf(b, `  <text x="%d" y="%d" font-weight="600" fill="#1c2630">%s</text>`+"\n", middle, s.Top+24, html.EscapeString(s.Name))
	fmt.Fprintf(b, `  <text x="%d" y="%d" font-size="12" fill="#4a5a68">%s</text>`+"\n", middle, s.Top+43, html.EscapeString(below))
}
