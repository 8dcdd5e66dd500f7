package mapping

import (
	"errors"
	"strings"

	"paceline"
)

// Data gives the outputs of earlier steps on the path of the transaction.
type Data interface {
	// Output returns the JSON output of the nearest earlier execution of the step with the ordinal stepRef; ok is
	// false when the path did not pass it or its data is gone. The document must not change while values of it live.
	Output(stepRef int) (doc []byte, ok bool)
}

// Env is what a transaction brings to a program.
type Env struct {
	Data Data
	// System returns the value of one of SystemNames; ok is false when it has none. It may be nil.
	System func(name string) (value string, ok bool)
	// Scripts runs inline scripts; nil refuses them.
	Scripts Scripts
}

// Program yields the inputs of one step.
type Program struct {
	params []input
	fields []input
	reads  reads
	lists  []list
	each   []int   // the lists that the step is called per item of
	joins  [][]int // the lists of each group of joined fields
	body   *BodyPlan

	scripts []inlineScript
}

// input is one compiled parameter or field.
type input struct {
	in, name string // of a parameter
	location Location
	label    string
	dataType paceline.DataType
	format   string // of dates
	required bool
	ignored  bool
	value    expression
	joined   joinedAt
	fallback Value // of the definition, when it is known beforehand
	later    bool  // the definition has a default that is made from a template
}

// Inputs are the values of a step's parameters and fields, in the order of the plan. Those without a value are among
// them, as missing.
type Inputs struct {
	Params []Param
	Fields []Field
	// Document is the whole body of a method that sends XML, as a caller wrote it; then it is not made of Fields.
	Document []byte
	body     *BodyPlan
}

// Param is the value of one parameter; a list of values comes as a JSON list. Its value is nil when there is none:
// then a default that the definition makes from a template counts, unless the parameter is ignored.
type Param struct {
	In, Name string
	Value    Value
	Ignored  bool
}

// AppendJSON appends the JSON body of the fields.
func (in Inputs) AppendJSON(dst []byte) ([]byte, error) {
	if in.body != nil && in.body.fields == len(in.Fields) {
		return in.body.Append(dst, in.Fields)
	}
	return BuildJSON(dst, in.Fields)
}

// Param returns the value of a parameter, nil when it has none.
func (in Inputs) Param(where, name string) Value {
	if p := in.param(where, name); p != nil {
		return p.Value
	}
	return nil
}

// Ignored reports whether the parameter is mapped to Ignore, so that not even a default is sent.
func (in Inputs) Ignored(where, name string) bool {
	p := in.param(where, name)
	return p != nil && p.Ignored
}

func (in Inputs) param(where, name string) *Param {
	for i := range in.Params {
		if in.Params[i].Name == name && in.Params[i].In == where {
			return &in.Params[i]
		}
	}
	return nil
}

// Warning is a problem with the value of one input. The step runs all the same.
type Warning struct {
	Code   paceline.Code
	Input  string // label of the parameter or field
	Detail string
}

// Compile prepares the inputs of the step with the given ordinal. It fails with field_invalid, which names the input
// and the reason, for a mapping that can never work: a wrong location, an unknown step, variable or merge field,
// or fields whose locations contradict each other.
func Compile(plan *paceline.Plan, step int) (*Program, error) {
	c := compiler{plan: plan, step: step, inline: true}
	p := &Program{}
	var locations []Location
	for _, in := range plan.Steps[step].Inputs {
		compiled, err := c.input(in)
		if err != nil {
			return nil, paceline.Fail(paceline.CodeFieldInvalid, "name", inputLabel(in), "reason", err.Error())
		}
		if in.Field {
			p.fields = append(p.fields, compiled)
			locations = append(locations, compiled.location)
		} else {
			p.params = append(p.params, compiled)
		}
	}
	for _, each := range plan.Steps[step].Each {
		at, err := ParseLocation(each.At)
		if err != nil {
			return nil, err
		}
		p.each = append(p.each, c.list(each.Step, at))
	}
	if err := c.keys(); err != nil {
		return nil, err
	}
	c.joinedLists(p)
	var err error
	if p.body, err = CompileBody(locations); err != nil {
		return nil, err
	}
	p.reads, p.lists, p.scripts = c.reads, c.lists, c.scripts
	return p, nil
}

func (c *compiler) input(in paceline.PlanInput) (input, error) {
	out := input{
		label: inputLabel(in), dataType: in.Type, format: in.Format, required: in.Required,
		ignored: in.Mapping.Type == paceline.MapIgnore,
	}
	var err error
	c.label = out.label
	if in.Field {
		if out.location, err = ParseLocation(in.Key); err != nil {
			return out, err
		}
	} else {
		out.in, out.name, _ = strings.Cut(in.Key, ":")
	}
	if out.in == statementPlace && !typed(in.Mapping) {
		return out, errors.New("a statement is typed, without merge fields: its values are given as fields, by name")
	}
	if out.value, err = c.mapping(in.Mapping); err != nil {
		return out, err
	}
	if in.Default != nil && !out.ignored {
		// What has merge fields is a template of the connector, which fills it in itself.
		if out.later = strings.Contains(*in.Default, "{{"); !out.later {
			out.fallback = Quote(*in.Default)
		}
	}
	// What is known now is converted now; what does not fit warns each time. A date in the format of the definition may
	// not be one that can be read again.
	if in.Format == "" {
		out.fallback, _ = Coerce(out.fallback, in.Type)
		if out.value.kind == exprConstant {
			out.value.constant, _ = Coerce(out.value.constant, in.Type)
		}
	}
	return out, nil
}

// statementPlace is where a parameter stands that is a statement of a query language. No value of a transaction becomes a
// part of one.
const statementPlace = "statement"

// typed reports whether a mapping gives what somebody typed, and nothing else.
func typed(m paceline.Mapping) bool {
	switch m.Type {
	case "", paceline.MapIgnore:
		return true
	case paceline.MapStatic, paceline.MapValueList:
		return m.Value == nil || !strings.Contains(*m.Value, "{{") && !strings.HasPrefix(strings.TrimSpace(*m.Value), "=")
	}
	return false
}

func inputLabel(in paceline.PlanInput) string {
	if in.Label != "" {
		return in.Label
	}
	return in.Key
}

// Expressions are the inline scripts that give values.
func (p *Program) Expressions() []Expression {
	list := make([]Expression, len(p.scripts))
	for i := range p.scripts {
		list[i] = p.scripts[i].Expression
	}
	return list
}

// Scripted reports whether inline scripts give any of the values.
func (p *Program) Scripted() bool { return len(p.scripts) > 0 }

// Body is the plan of the step's JSON body; its fields stand in the order of Inputs.Fields.
func (p *Program) Body() *BodyPlan { return p.body }

// Inputs yields the values for one execution, and the warnings about them: a required source is empty, a value does not
// have its type, a list is mapped to a single value. It fails, with step_data_too_large, beyond MaxText and MaxItems, and
// with join_too_large beyond MaxJoined.
func (p *Program) Inputs(env Env) (Inputs, []Warning, error) {
	var few [32]Value
	r := run{env: env, slots: few[:]}
	p.load(&r)
	return p.inputs(&r)
}

// load reads what the step takes from earlier ones.
func (p *Program) load(r *run) {
	if p.reads.slots > len(r.slots) {
		r.slots = make([]Value, p.reads.slots)
	}
	p.reads.load(r.env.Data, r.slots)
}

func (p *Program) inputs(r *run) (Inputs, []Warning, error) {
	if err := r.joins(p); err != nil {
		return Inputs{}, r.warnings, err
	}
	if err := r.runScripts(p.scripts); err != nil {
		return Inputs{}, r.warnings, err
	}
	in := Inputs{body: p.body}
	if len(p.params) > 0 {
		in.Params = make([]Param, len(p.params))
		for i := range p.params {
			v, tree := r.input(&p.params[i])
			in.Params[i] = Param{p.params[i].in, p.params[i].name, flatten(v, tree), p.params[i].ignored}
		}
	}
	if len(p.fields) > 0 {
		in.Fields = make([]Field, len(p.fields))
		for i := range p.fields {
			f := &p.fields[i]
			v, tree := r.input(f)
			if tree != nil && f.location.lists == 0 {
				if n := tree.count(); n > 1 {
					r.warn(paceline.CodeListToValue, f.label, "the source has several values; the first was used")
				}
				v, tree = tree.first(), nil
			}
			in.Fields[i] = Field{f.location, v, tree, f.ignored}
		}
	}
	if r.tooLarge {
		return Inputs{}, r.warnings, paceline.Fail(paceline.CodeStepDataTooLarge)
	}
	return in, r.warnings, nil
}

// flatten writes the values of a tree as one JSON list.
func flatten(v Value, tree *Tree) Value {
	if tree == nil {
		return v
	}
	out := tree.appendValues(Value{'['})
	return append(out, ']')
}

// appendValues appends the values of the tree to the opening bracket of a JSON list.
func (t *Tree) appendValues(dst []byte) []byte {
	if t.Items == nil {
		if t.Value == nil {
			return dst
		}
		if len(dst) > 1 {
			dst = append(dst, ',')
		}
		return append(dst, t.Value...)
	}
	for i := range t.Items {
		dst = t.Items[i].appendValues(dst)
	}
	return dst
}
