package catalog

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"paceline"
	"paceline/connector"
	"paceline/cycle"
	"paceline/store"
)

// DocumentVersion is the version of the files that this program writes and the newest that it reads.
const DocumentVersion = "1"

// Document is the file that carries a template or a cycle between installations: the whole design and the
// definitions of every connector release that it uses. It holds no credentials, no properties of account
// connectors and no integer ids.
type Document struct {
	PacelineVersion string `json:",omitempty"`
	// FormatVersion stands in its place in the files of partners with a name of their own.
	FormatVersion string `json:",omitempty"`
	Kind          string // Template or Cycle
	Name          string
	Description   *string `json:",omitempty"`
	Tags          []string
	// Published offers the template at once, with a live release; else an import is a draft.
	Published  bool
	Flow       paceline.Flow
	Connectors []DocumentConnector
	// Notes say what the file does not carry, to whom reads it.
	Notes []string `json:",omitempty"`
}

// DocumentConnector is one connector release within a document.
type DocumentConnector struct {
	Icon       *string `json:",omitempty"` // data URI
	Definition json.RawMessage
	// Signature of the release, if somebody vouches for it.
	Signature *connector.Signature `json:",omitempty"`
}

// KindTemplate and KindCycle are what a document holds.
const (
	KindTemplate = "Template"
	KindCycle    = "Cycle"
)

// encode writes the document as indented JSON.
func (d Document) encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(d)
	return b.Bytes(), err
}

// file is the document as its partner gives it to others.
func (r *Room) file(ctx context.Context, partner int64, d Document) ([]byte, error) {
	agent := ""
	err := r.store.Read(ctx, func(tx *store.Tx) (err error) {
		agent, err = tx.UserAgent(paceline.Scope{Partner: partner})
		return err
	})
	if err != nil {
		return nil, err
	}
	if agent != "" {
		d.PacelineVersion, d.FormatVersion = "", d.PacelineVersion
	}
	return d.encode()
}

// documentOf makes the document of a design. Releases that are no longer published cannot be carried.
func documentOf(kind, name string, description *string, tags []string, published bool, flow paceline.Flow, releases cycle.Pinned) Document {
	d := Document{
		PacelineVersion: DocumentVersion, Kind: kind, Name: name, Description: description,
		Tags: append([]string{}, tags...), Published: published, Flow: cycle.Portable(flow), Connectors: []DocumentConnector{},
		Notes: notesOf(flow),
	}
	for i := range flow.Steps {
		withoutSecrets(&d.Flow.Steps[i], releases.Of(&flow.Steps[i]))
	}
	seen := make(map[*cycle.Release]bool)
	for i := range flow.Steps {
		rel := releases.Of(&flow.Steps[i])
		if rel == nil || seen[rel] {
			continue
		}
		seen[rel] = true
		carried := DocumentConnector{Icon: rel.Icon, Definition: rel.Definition.JSON()}
		if rel.Signer != "" {
			carried.Signature = &connector.Signature{Signer: rel.Signer, Signature: rel.Signature}
		}
		d.Connectors = append(d.Connectors, carried)
	}
	return d
}

// withoutSecrets takes from a step the values of its connector's secret properties that it gives itself.
func withoutSecrets(step *paceline.Step, rel *cycle.Release) {
	if rel == nil {
		return
	}
	for i := range step.Params {
		m := &step.Params[i].Mapping
		for _, p := range rel.Definition.Properties {
			if p.Secret && step.Params[i].Key == "template:"+p.Name && m.Type != paceline.MapStepField {
				*m = paceline.Mapping{UserConfigurable: m.UserConfigurable}
			}
		}
	}
}

// notesOf says what a file of the flow does not carry and the customer has to set anew.
func notesOf(flow paceline.Flow) []string {
	connectors, webhooks := false, false
	for _, step := range flow.Steps {
		connectors = connectors || step.Connector != nil
		webhooks = webhooks || step.Kind == paceline.StepWebhook
	}
	var notes []string
	if connectors {
		notes = append(notes, paceline.CodeImportConnectors.Text())
	}
	if webhooks {
		notes = append(notes, paceline.CodeImportWebhooks.Text())
	}
	return append(notes, paceline.CodeImportLinks.Text())
}

// The bounds of a document.
const (
	maxSteps     = cycle.MaxSteps
	maxEdges     = cycle.MaxEdges
	maxVariables = cycle.MaxVariables
	maxDepth     = 100
)

var tooMany = missingFrom(fmt.Sprintf("The file has more than %d steps or connectors, %d edges or %d variables.", maxSteps, maxEdges, maxVariables))

// depth is how deep JSON is nested, up to just above most.
func depth(raw []byte, most int) (deepest int) {
	depth, quoted := 0, false
	for i := 0; i < len(raw) && deepest <= most; i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == '{' || c == '['):
			depth++
			deepest = max(deepest, depth)
		case !quoted && (c == '}' || c == ']'):
			depth--
		}
	}
	return deepest
}

// readDocument reads a document and checks what needs no look at the catalogue. Those of the original product's shape
// are turned into ours, with notes of what was not understood.
func (f *fitter) readDocument(ctx context.Context, raw []byte) (d Document, notes []string, err error) {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if depth(raw, maxDepth) > maxDepth {
		return d, nil, missingFrom(fmt.Sprintf("The file is nested more than %d levels deep.", maxDepth))
	}
	if isOriginal(raw) {
		if d, notes, err = f.readOriginal(ctx, raw); err != nil {
			return d, nil, err
		}
	} else if d, err = readNative(raw); err != nil {
		return d, nil, err
	}
	d.Name = strings.TrimSpace(d.Name)
	if d.Name == "" {
		return d, nil, missingFrom("The file has no name.")
	}
	if flow := d.Flow; max(len(flow.Steps), len(d.Connectors)) > maxSteps || len(flow.Edges) > maxEdges || len(flow.Variables) > maxVariables {
		return d, nil, tooMany
	}
	if err := cycle.CheckTexts(d.Name, d.Description, d.Tags); err != nil {
		return d, nil, err
	}
	if faults := flowFaults(&d.Flow); len(faults) > 0 {
		return d, nil, missingFrom(append(faults, f.faults...)...)
	}
	// Whatever a file says of an account is not this one's.
	d.Flow = cycle.Portable(d.Flow)
	return d, notes, nil
}

// readNative reads a document of this product.
func readNative(raw []byte) (d Document, err error) {
	// Values that are absent mean the defaults of a new cycle.
	d.Flow.Settings = paceline.DefaultFlowSettings()
	if err := json.Unmarshal(raw, &d); err != nil {
		return d, paceline.Fail(paceline.CodeTemplateImport).Because(err)
	}
	if d.PacelineVersion == "" {
		d.PacelineVersion, d.FormatVersion = d.FormatVersion, ""
	}
	if version, err := strconv.Atoi(first(d.PacelineVersion, "0")); err != nil || version < 1 {
		return d, paceline.Fail(paceline.CodeTemplateImport).Because(fmt.Errorf("PacelineVersion is %q", short(d.PacelineVersion)))
	} else if d.PacelineVersion != DocumentVersion || d.Flow.Schema > paceline.FlowSchema {
		return d, missingFrom("The file was written by a newer version.")
	}
	d.Flow.Schema, d.Notes = paceline.FlowSchema, nil
	for i := range d.Flow.Steps {
		d.Flow.Steps[i].Origin = "" // lineage is what the ids of a file are
	}
	return d, nil
}

// maxFaults is how much a refusal or a report lists.
const maxFaults = 40

// missingFrom is the refusal of a document that lists what is wrong with it.
func missingFrom(faults ...string) error {
	if more := len(faults) - maxFaults; more > 0 {
		faults = append(slices.Clone(faults[:maxFaults]), fmt.Sprintf("And %d more.", more))
	}
	return paceline.Fail(paceline.CodeTemplateMissing, "reason", strings.Join(faults, " "))
}

// prepared is a document that fits this installation: its flow names published releases, or those that
// publications will publish.
type prepared struct {
	Document
	publications []Publication
	notes        []string // what was not understood, or differs here
}

// prepare reads a document and fits it. It changes nothing; its error lists every missing release and
// method.
func (r *Room) prepare(ctx context.Context, p paceline.Principal, raw []byte) (prepared, error) {
	f := fitter{room: r, p: p}
	var err error
	if f.rows, err = r.rows(ctx, p); err != nil {
		return prepared{}, err
	}
	if f.out.Document, f.out.notes, err = f.readDocument(ctx, raw); err != nil {
		return prepared{}, err
	}
	f.readCarried()
	for i := range f.out.Flow.Steps {
		if err := f.fit(ctx, &f.out.Flow.Steps[i]); err != nil {
			return prepared{}, err
		}
	}
	if len(f.faults) > 0 {
		return prepared{}, missingFrom(f.faults...)
	}
	for _, pub := range f.out.publications {
		if err := r.checkSigner(ctx, pub); err != nil && !isCatalogError(err) {
			return prepared{}, err
		} else if err != nil {
			f.fault("%s", err.(interface{ Message() string }).Message())
		}
	}
	if len(f.faults) > 0 {
		return prepared{}, missingFrom(f.faults...)
	}
	return f.out, nil
}

// fitter fits the steps of one document.
type fitter struct {
	room    *Room
	p       paceline.Principal
	out     prepared
	rows    []store.ConnectorRelease
	carried []carriedRelease
	faults  []string
}

// carriedRelease is a definition within the document.
type carriedRelease struct {
	release *cycle.Release
	pub     Publication
	used    bool
}

func (f *fitter) fault(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); len(f.faults) <= 2*maxFaults && !slices.Contains(f.faults, text) {
		f.faults = append(f.faults, text)
	}
}

func (f *fitter) readCarried() {
	for i, c := range f.out.Connectors {
		name := fmt.Sprintf("Connectors[%d]", i)
		def, problems := connector.Parse(name, c.Definition)
		if def == nil || connector.Failed(problems) {
			f.fault("%s is not a connector definition: %s", name, definitionInvalid(problems).Error())
			continue
		}
		m := def.Metadata
		row := store.ConnectorRelease{Partner: f.p.Partner, Key: def.Key(), ConnectorKey: m.Key, Name: m.Name,
			APIVersion: m.APIVersion, Document: def.JSON(), Icon: c.Icon}
		rel, err := cycle.NewRelease(row, nil)
		if err != nil {
			f.fault("%s is not a connector definition: %v", name, err)
			continue
		}
		f.carried = append(f.carried, carriedRelease{release: rel,
			pub: Publication{Name: name, Document: def.JSON(), Icon: safeIcon(c.Icon), Partner: f.p.Partner, Signature: c.Signature}})
	}
}

// safeIcon keeps an icon only if it is a picture in a data URI.
func safeIcon(icon *string) *string {
	if icon == nil || len(*icon) > 2*maxIcon {
		return nil
	}
	for _, kind := range iconTypes {
		if strings.HasPrefix(*icon, "data:"+kind+";base64,") {
			return icon
		}
	}
	return nil
}

// fit finds the release and the method of a step and writes them into it.
func (f *fitter) fit(ctx context.Context, step *paceline.Step) error {
	if step.Connector == nil {
		if step.Method != "" {
			f.fault("Step %q names a method but no connector.", step.Name)
		}
		return nil
	}
	rel, err := f.release(ctx, *step.Connector)
	if err != nil {
		return err
	}
	if rel == nil {
		f.fault("Connector %s %s is neither here nor in the file.", short(first(step.Connector.Name, step.Connector.Key, string(step.Connector.UID))), short(step.Connector.Version))
		return nil
	}
	uid, ok := methodUID(rel, step)
	if !ok {
		f.fault("Step %q: %s %s has no method %s.", step.Name, rel.Name, rel.Key.Version, short(string(step.Method)))
		return nil
	}
	step.Method = uid
	step.Connector = &paceline.StepConnector{UID: rel.Key.UID, Key: rel.ConnectorKey, Name: rel.Name, Version: rel.Key.Version}
	return nil
}

// methodUID finds a step's method by its unique identifier or by its id in the definition, and checks
// that it is of the step's kind.
func methodUID(rel *cycle.Release, step *paceline.Step) (paceline.ID, bool) {
	uid := paceline.ID(strings.ToLower(string(step.Method)))
	method, trigger := rel.Method(uid)
	if method == nil && trigger == nil {
		method, trigger = rel.MethodByID(string(step.Method))
		uid = rel.Compiled.MethodUID(string(step.Method))
	}
	if step.Kind == paceline.StepWebhook {
		return uid, trigger != nil && trigger.Type != "poll"
	}
	return uid, method != nil || trigger != nil && trigger.Type == "poll"
}

// release finds the release that a step is pinned to: published here, else in the file, else, for a
// connector that is published here in other releases, the live one. nil means that there is none.
func (f *fitter) release(ctx context.Context, c paceline.StepConnector) (*cycle.Release, error) {
	uid, _ := paceline.ParseID(string(c.UID))
	same := func(row store.ConnectorRelease) bool {
		return row.Key.UID == uid || c.UID == "" && row.ConnectorKey == c.Key
	}
	var live *store.ConnectorRelease
	for i, row := range f.rows {
		if !same(row) || row.Status == paceline.ReleaseDraft {
			continue
		}
		if row.Key.Version == c.Version {
			return f.room.releases.Get(ctx, f.p.Partner, row.Key.UID, row.Key.Version)
		}
		if row.Status == paceline.ReleaseLive {
			live = &f.rows[i]
		}
	}
	for i := range f.carried {
		have := &f.carried[i]
		if !same(have.release.ConnectorRelease) || have.release.Key.Version != c.Version || live != nil && live.Partner == 0 {
			continue
		}
		if !have.used {
			have.used = true
			f.out.publications = append(f.out.publications, have.pub)
			f.conflicts(have.release.ConnectorRelease)
		}
		return have.release, nil
	}
	if live != nil {
		return f.room.releases.Get(ctx, f.p.Partner, live.Key.UID, live.Key.Version)
	}
	return nil, nil
}

// conflicts notes a carried connector whose key or uid belongs to another connector here.
func (f *fitter) conflicts(c store.ConnectorRelease) {
	for _, row := range f.rows {
		if (row.Key.UID == c.Key.UID) != (row.ConnectorKey == c.ConnectorKey) {
			f.fault("The key %s or uid %s of connector %s belongs to %s here.", c.ConnectorKey, c.Key.UID, c.Name, row.Name)
		}
	}
}
