package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"paceline"
	"paceline/connector"
	"paceline/cycle"
	"paceline/internal/loose"
	"paceline/mapping"
	"paceline/store"
)

// Files of the original product have the design alone: connectors by name, methods by their identifier or name, enums
// as integers, and encrypted definitions that nobody else reads. What they say is carried over to the connectors that
// are published here; what is not understood is noted, and the rest imports without it.

// The enums of such files, by their integers.
var (
	originalErrorActions = []paceline.ErrorAction{paceline.ErrorIgnore, paceline.ErrorRetry, paceline.ErrorStopCycle, paceline.ErrorStopTransaction}
	originalSplits       = []paceline.SplitType{paceline.SplitNone, paceline.SplitFirst, paceline.SplitAll}
	originalMappings     = []paceline.MappingType{paceline.MapStepField, paceline.MapStatic, paceline.MapValueList, paceline.MapLookup, paceline.MapVariable, paceline.MapIgnore}
	originalEdges        = []paceline.EdgeType{"", paceline.EdgeForward, paceline.EdgeTrue, paceline.EdgeFalse}
)

// original reads one file of the original product.
type original struct {
	*fitter
	ctx   context.Context
	notes []string
	doc   Document
	// Of the steps read so far, by step id.
	releases map[paceline.ID]*cycle.Release
	fields   map[paceline.ID]map[string]string // response fields: id to what names them
	vars     map[string]string                 // variable ids and names, to system names
}

// isOriginal reports whether a document has the original product's shape.
func isOriginal(raw []byte) bool {
	var top struct {
		PacelineVersion json.RawMessage
		Steps           []json.RawMessage
	}
	return json.Unmarshal(raw, &top) == nil && top.PacelineVersion == nil && top.Steps != nil
}

// readOriginal turns such a file into a document whose steps name releases and methods that are published here. What
// cannot be found becomes a fault of the fitter, what is not understood a note.
func (f *fitter) readOriginal(ctx context.Context, raw []byte) (Document, []string, error) {
	top, err := loose.Parse(raw)
	if err != nil {
		return Document{}, nil, paceline.Fail(paceline.CodeTemplateImport).Because(err)
	}
	o := &original{
		fitter: f, ctx: ctx, releases: map[paceline.ID]*cycle.Release{},
		fields: map[paceline.ID]map[string]string{}, vars: map[string]string{},
	}
	o.settings(top)
	o.variables(top)
	steps := top.List("Steps")
	if len(steps) > maxSteps {
		return Document{}, nil, tooMany
	}
	for i, n := range steps {
		if err := o.step(i, n); err != nil {
			return Document{}, nil, err
		}
	}
	for i, n := range steps { // mappings look back at the fields of other steps
		o.mappings(&o.doc.Flow.Steps[i], n)
	}
	o.edges(top)
	o.leftovers(top)
	return o.doc, o.notes, nil
}

func (o *original) note(code paceline.Code, params ...any) {
	if text := code.Text(params...); len(o.notes) < maxFaults && !slices.Contains(o.notes, text) {
		o.notes = append(o.notes, text)
	}
}

// settings reads what stands beside the steps.
func (o *original) settings(top *loose.Node) {
	d := &o.doc
	d.PacelineVersion, d.Kind = DocumentVersion, KindCycle
	d.Name, d.Tags = top.Text("Name"), []string{}
	if text := top.Text("Description"); text != "" {
		d.Description = &text
	}
	versioned := top.Object("VersionedCycle")
	d.Published = versioned.Flag("Published")
	for _, tag := range versioned.Values("Tags") {
		if text, ok := tag.(string); ok {
			d.Tags = append(d.Tags, text)
		} else if text := loose.New(tag).Text("Name"); text != "" {
			d.Tags = append(d.Tags, text)
		}
	}
	d.Flow.Schema, d.Flow.Settings = paceline.FlowSchema, paceline.DefaultFlowSettings()
	s := &d.Flow.Settings
	s.Shareable = top.Flag("Shareable")
	s.StepErrorAction = choose(o, top, "CycleStepErrorAction", originalErrorActions, s.StepErrorAction)
	s.CollectionSplit = choose(o, top, "CycleCollectionSplitType", originalSplits, s.CollectionSplit)
	if n, ok := top.Number("MaxRetriesOnError"); ok {
		s.MaxRetries = n
	}
	if top.Has("LogStepDataRequests") {
		s.LogRequests = top.Flag("LogStepDataRequests")
	}
	if top.Flag("ShareAllFields") || len(top.Values("ShareFields")) > 0 {
		o.note(paceline.CodeImportIgnored, "what", "ShareFields")
	}
	if len(top.Values("ExportedConnectors"))+len(top.Values("CustomMethodReleases")) > 0 {
		o.note(paceline.CodeImportEncrypted)
	}
	// Those of an installation, and the start, which an import waits for.
	top.Skip("Id", "Status", "RunOnce", "LaunchRunOnce", "CreatedOnUtc", "ModifiedOnUtc", "VersionedCycle_Id")
	versioned.Skip("Id", "Name", "Description")
}

// choose reads an enum by its integer or its name.
func choose[T ~string](o *original, n *loose.Node, name string, names []T, other T) T {
	text := n.Text(name)
	for i, known := range names {
		if known != "" && (fmt.Sprint(i) == text || strings.EqualFold(string(known), text)) {
			return known
		}
	}
	if text != "" {
		o.note(paceline.CodeImportIgnored, "what", fmt.Sprintf("%s %q", n.At(name), short(text)))
	}
	return other
}

func (o *original) variables(top *loose.Node) {
	for _, n := range top.List("Variables") {
		name := n.Text("Name")
		v := paceline.Variable{DisplayName: name, SystemName: cycle.SystemName(name), Mapping: paceline.Mapping{Type: paceline.MapStatic}}
		if value := n.Text("Value"); value != "" {
			v.Value = &value
		}
		v.UserConfigurable = n.Flag("IsLaunchVisible")
		o.vars[strings.ToLower(n.Text("Id"))], o.vars[strings.ToLower(name)] = v.SystemName, v.SystemName
		o.doc.Flow.Variables = append(o.doc.Flow.Variables, v)
	}
}

// step reads a step without its mappings, and finds what it calls.
func (o *original) step(at int, n *loose.Node) error {
	step := paceline.Step{Name: n.Text("Name"), ID: paceline.ID(strings.ToLower(n.Text("Id")))}
	if text := n.Text("Description"); text != "" {
		step.Description = &text
	}
	kind, ok := n.Number("ActionType")
	if !ok || kind <= int(paceline.StepUnknown) || kind > int(paceline.StepAnnotation) {
		if step.Kind, ok = paceline.ParseStepKind(n.Text("ActionType")); !ok {
			o.fault("Step %q is of the unknown kind %q.", short(step.Name), short(n.Text("ActionType")))
		}
	} else {
		step.Kind = paceline.StepKind(kind)
	}
	step.Left = n.Whole("DisplayPositionLeft", at*200)
	step.Top = n.Whole("DisplayPositionTop", 0)
	if n.Has("StepCollectionSplitType") {
		step.CollectionSplit = choose(o, n, "StepCollectionSplitType", originalSplits, "")
	}
	// Whether no is what people chose or what was there before they looked is not known: it is told, and the path goes on
	// as it does here without a word.
	for _, flag := range []string{"ContinueOnNullSource", "ContinueOnNullResult"} {
		if n.Has(flag) && !n.Flag(flag) {
			o.note(paceline.CodeImportIgnored, "what", fmt.Sprintf("%s of step %q, which is no", flag, short(step.Name)))
		}
	}
	interval := n.Whole("Interval", 0)
	if slices.Contains(paceline.Intervals, interval) && step.Kind == paceline.StepAction && o.doc.Flow.Settings.Interval == 0 {
		o.doc.Flow.Settings.Interval = interval
	}
	o.tool(&step, n.Text("ActionData"))
	connectorOf := n.Object("AccountConnector").Object("Connector")
	method := n.Object("Method")
	o.fields[step.ID] = map[string]string{}
	for _, f := range method.Object("ResponseFormat").List("Fields") {
		o.fields[step.ID][f.Text("Id")] = named(f, "ConnectorField")
	}
	if step.Kind == paceline.StepAction || step.Kind == paceline.StepWebhook {
		if err := o.call(&step, connectorOf, method, n.Text("Method_Id")); err != nil {
			return err
		}
	}
	o.doc.Flow.Steps = append(o.doc.Flow.Steps, step)
	n.Skip("AccountConnector_Id", "VersionedCycle_Id", "Cycle_Id", "Webhook_Id")
	return nil
}

// tool reads what a step without a method does. How the original writes it is known for none of its kinds; a delay says
// an amount and a unit one way or another.
func (o *original) tool(step *paceline.Step, data string) {
	if strings.TrimSpace(data) == "" || data == "{}" {
		return
	}
	var tree map[string]any
	d := json.NewDecoder(strings.NewReader(data))
	d.UseNumber()
	if d.Decode(&tree) == nil && step.Kind == paceline.StepDelay {
		n := loose.New(tree)
		amount, unit := 0, ""
		for _, name := range []string{"Amount", "Interval", "Value", "Delay"} {
			amount = max(amount, n.Whole(name, 0))
		}
		for _, name := range []string{"Unit", "IntervalUnit", "TimePeriod", "DelayUnit"} {
			unit = first(unit, n.Text(name))
		}
		unit = strings.TrimSuffix(strings.ToLower(unit), "s") + "s"
		if amount > 0 && slices.Contains([]string{"seconds", "minutes", "hours", "days", "weeks"}, unit) {
			step.Delay = &paceline.Delay{Amount: amount, Unit: unit}
			return
		}
	}
	o.note(paceline.CodeImportIgnored, "what", fmt.Sprintf("ActionData of step %q", short(step.Name)))
}

// call finds the published release that a step's connector is here, and its method.
func (o *original) call(step *paceline.Step, of, method *loose.Node, methodID string) error {
	name, version := of.Text("Name"), of.Text("Version")
	of.Skip("Id", "ReleaseVersionMajor", "ReleaseVersionMinor", "Parameters", "Icon", "Description")
	if name == "" {
		o.fault("Step %q names no connector.", short(step.Name))
		return nil
	}
	var found *store.ConnectorRelease
	for i := range o.rows {
		row := &o.rows[i]
		if row.Status != paceline.ReleaseLive || !strings.EqualFold(row.Name, name) && !strings.EqualFold(row.ConnectorKey, name) {
			continue
		}
		if found == nil || strings.EqualFold(row.APIVersion, version) {
			found = row
		}
	}
	if found == nil {
		o.fault("Connector %s %s is not here.", short(name), short(version))
		return nil
	}
	if version != "" && !strings.EqualFold(found.APIVersion, version) {
		o.note(paceline.CodeImportVersion, "connector", found.Name, "version", short(version), "here", found.APIVersion)
	}
	rel, err := o.room.releases.Get(o.ctx, o.p.Partner, found.Key.UID, found.Key.Version)
	if err != nil {
		return err
	}
	id := methodNamed(rel, step.Kind, method.Text("MethodUniqueIdentifier"), method.Text("UniqueIdentifier"), method.Text("Name"), step.Name)
	if id == "" {
		what := first(method.Text("Name"), method.Text("MethodUniqueIdentifier"), methodID, "of the step's name")
		o.fault("Step %q: %s %s has no method %s.", short(step.Name), rel.Name, rel.APIVersion, short(what))
		return nil
	}
	step.Connector = &paceline.StepConnector{UID: rel.Key.UID, Key: rel.ConnectorKey, Name: rel.Name, Version: rel.Key.Version}
	step.Method = rel.Compiled.MethodUID(id)
	o.releases[step.ID] = rel
	return nil
}

// methodNamed finds a method of the step's kind by one of its identifiers, names or ids; the first that fits.
func methodNamed(rel *cycle.Release, kind paceline.StepKind, names ...string) string {
	for _, name := range names {
		if name == "" {
			continue
		}
		is := func(id, title string) bool {
			return strings.EqualFold(string(rel.Compiled.MethodUID(id)), name) || strings.EqualFold(id, name) || strings.EqualFold(title, name)
		}
		for _, m := range rel.Definition.Methods {
			if kind == paceline.StepAction && is(m.ID, m.Name) {
				return m.ID
			}
		}
		for _, t := range rel.Definition.Triggers {
			if (t.Type == "poll") == (kind == paceline.StepAction) && is(t.ID, t.Name) {
				return t.ID
			}
		}
	}
	return ""
}

// mappings reads a step's parameters and fields.
func (o *original) mappings(step *paceline.Step, n *loose.Node) {
	method := n.Object("Method")
	parameters := map[string]string{} // id to name
	for _, p := range method.List("Parameters") {
		parameters[p.Text("Id")] = first(p.Text("TargetName"), p.Text("Name"))
		p.Skip("TargetType")
	}
	rel := o.releases[step.ID]
	var params []connector.ParamDef
	var fields []connector.FieldDef
	if rel != nil {
		if m, _ := rel.Method(step.Method); m != nil {
			params, fields = m.Params, m.Request.Fields
		} else if _, t := rel.Method(step.Method); t != nil && t.Type == "poll" {
			if m, _ := rel.MethodByID(t.Method); m != nil {
				params, fields = m.Params, m.Request.Fields
			}
		}
	}
	for _, p := range n.List("CycleParameters") {
		name := parameters[p.Text("ParameterId")]
		m, worth := o.mapping(step, p)
		at := slices.IndexFunc(params, func(d connector.ParamDef) bool {
			return name != "" && (strings.EqualFold(d.Wire(), name) || strings.EqualFold(d.Name, name) || strings.EqualFold(d.Label, name))
		})
		switch {
		case at >= 0:
			step.Params = append(step.Params, paceline.ParamMapping{Key: params[at].In + ":" + params[at].Name, Mapping: m})
		case worth:
			o.note(paceline.CodeImportIgnored, "what", fmt.Sprintf("the parameter %s of step %q", short(first(name, p.Text("ParameterId"))), short(step.Name)))
		}
	}
	for _, e := range n.List("CycleFieldMappings") {
		field := e.Object("Field")
		name := named(field, "ConnectorField")
		m, worth := o.mapping(step, e)
		location, known := fieldNamed(fields, name)
		switch {
		case known:
			step.Fields = append(step.Fields, paceline.FieldMapping{Location: location, Mapping: m})
		case worth:
			o.note(paceline.CodeImportIgnored, "what", fmt.Sprintf("the field %s of step %q", short(first(name, field.Text("Id"))), short(step.Name)))
		}
		field.Skip("Id", "Name", "Description")
	}
	for _, f := range method.Object("RequestFormat").List("Fields") {
		f.Skip("Id", "ConnectorField")
	}
	n.Object("AccountConnector").Skip("Id", "Name", "ConnectorAuthentication")
}

// fieldNamed finds a field by its location, name or label; brackets around the first part of a location mean a list in
// both formats.
func fieldNamed(fields []connector.FieldDef, name string) (location string, found bool) {
	if name == "" {
		return "", false
	}
	for _, same := range []func(connector.FieldDef) bool{
		func(f connector.FieldDef) bool { return f.Loc == name },
		func(f connector.FieldDef) bool {
			return strings.EqualFold(f.Loc, name) || strings.EqualFold(f.Name, name) || strings.EqualFold(f.Label, name)
		},
	} {
		if at := slices.IndexFunc(fields, same); at >= 0 {
			return fields[at].Loc, true
		}
	}
	return "", false
}

// mapping reads the source of a value, and whether there is anything that would be lost.
func (o *original) mapping(step *paceline.Step, n *loose.Node) (m paceline.Mapping, worth bool) {
	value := n.Text("Value")
	m.Type = choose(o, n, "CycleEntityMappingType", originalMappings, "")
	m.UserConfigurable = n.Flag("IsLaunchVisible")
	n.Skip("Id", "ParameterId", "Parameter", "FieldId")
	worth = m.Type != "" && m.Type != paceline.MapIgnore
	switch m.Type {
	case paceline.MapStepField:
		source, field, _ := strings.Cut(value, ",")
		id := paceline.ID(strings.ToLower(strings.TrimSpace(source)))
		if m.SourceLocation = o.location(id, strings.TrimSpace(field)); m.SourceLocation == "" {
			o.note(paceline.CodeImportIgnored, "what", fmt.Sprintf("the source %q in step %q", short(value), short(step.Name)))
			return paceline.Mapping{UserConfigurable: m.UserConfigurable}, worth
		}
		m.SourceStep = id
	case paceline.MapLookup:
		m.LookupValue = &value
		if display := n.Text("TriggerValueDisplayName"); display != "" {
			m.LookupDisplay = &display
		}
	case paceline.MapVariable:
		if name, known := o.vars[strings.ToLower(value)]; known {
			value = name
		}
		m.Value = &value
	case paceline.MapStatic, paceline.MapValueList:
		m.Value = &value
	}
	return m, worth
}

// location is where a field of an earlier step stands in that step's data here.
func (o *original) location(step paceline.ID, id string) string {
	name := o.fields[step][id]
	rel := o.releases[step]
	if rel == nil || name == "" {
		return ""
	}
	at := slices.IndexFunc(o.doc.Flow.Steps, func(s paceline.Step) bool { return s.ID == step })
	m, t := rel.Method(o.doc.Flow.Steps[at].Method)
	var fields []connector.FieldDef
	switch {
	case m != nil:
		fields = m.Response.Fields
	case t != nil && t.Type == "poll":
		if polled, _ := rel.MethodByID(t.Method); polled != nil {
			fields = polled.Response.Fields
		}
	case t != nil:
		fields = t.Payload.Fields
	}
	if location, known := fieldNamed(fields, name); known {
		return location
	}
	if _, err := mapping.ParseLocation(name); err != nil {
		return ""
	}
	return name
}

// edges reads the edges. The exits of a decision are told apart by 1 and 0 in some files.
func (o *original) edges(top *loose.Node) {
	list := top.List("Edges")
	if len(list) > maxEdges {
		o.fault("There are more than %d edges.", maxEdges)
		return
	}
	for _, n := range list {
		e := paceline.Edge{Tail: paceline.ID(strings.ToLower(n.Text("TailStep_Id"))), Head: paceline.ID(strings.ToLower(n.Text("HeadStep_Id"))), Type: paceline.EdgeForward}
		tail, _ := o.doc.Flow.Step(e.Tail)
		kind := n.Text("CycleEdgeType")
		n.Skip("Id", "VersionedCycle_Id", "Cycle_Id", "CreatedOnUtc")
		if tail != nil && tail.Kind == paceline.StepDecision {
			switch kind {
			case "0", "1":
				e.Type = map[string]paceline.EdgeType{"0": paceline.EdgeFalse, "1": paceline.EdgeTrue}[kind]
				o.note(paceline.CodeImportExits, "step", short(tail.Name))
			default:
				e.Type = choose(o, n, "CycleEdgeType", originalEdges, paceline.EdgeTrue)
			}
		}
		o.doc.Flow.Edges = append(o.doc.Flow.Edges, e)
	}
}

// leftovers notes the properties that nothing here reads, once for a list.
func (o *original) leftovers(top *loose.Node) {
	for _, what := range top.Unread(maxFaults) {
		o.note(paceline.CodeImportIgnored, "what", short(what))
	}
}

// short cuts a text of a file to what fits in a message.
func short(text string) string {
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "")
	if r := []rune(text); len(r) > 80 {
		return string(r[:80]) + "..."
	}
	return text
}

// named reads what names a field: a text, or an object that has it.
func named(n *loose.Node, name string) string {
	if text := n.Text(name); text != "" {
		return text
	}
	return loose.New(n.Get(name)).Text("Location", "FieldLocation", "ConnectorField", "Name")
}
