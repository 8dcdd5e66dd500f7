package mapping

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"

	"paceline"
)

// Decision is a compiled comparison. A value of a list is decided by its first element that has one; Choice decides
// for each item.
type Decision struct {
	condition paceline.Condition
	left      expression
	right     expression
	pattern   *pattern // of MatchesRegex, when it is known beforehand
	reads     reads
}

// maxPattern bounds a regular expression, in bytes.
const maxPattern = 1000

// CompileDecision prepares the decision of the step with the given ordinal. It fails with field_invalid for operands
// that can never work, as Compile does, and for an unknown condition or a wrong regular expression.
func CompileDecision(plan *paceline.Plan, step int) (*Decision, error) {
	d, err := compileDecision(plan, step, plan.Steps[step].Decision)
	if err != nil {
		return nil, paceline.Fail(paceline.CodeFieldInvalid, "name", "Decision", "reason", err.Error())
	}
	return d, nil
}

func compileDecision(plan *paceline.Plan, step int, def *paceline.Decision) (*Decision, error) {
	if def == nil {
		return nil, errors.New("it has no criteria")
	}
	c := compiler{plan: plan, step: step}
	d := &Decision{condition: def.Condition}
	ordinal := plan.StepByID(def.LeftStep)
	if ordinal < 0 {
		return nil, fmt.Errorf("the source step %s is not in this cycle", def.LeftStep)
	}
	var err error
	if d.left, err = c.stepField(ordinal, def.LeftLocation); err != nil {
		return nil, err
	}
	if _, ok := conditions[def.Condition]; !ok {
		return nil, fmt.Errorf("there is no condition %q", def.Condition)
	}
	if !def.Condition.Unary() {
		if d.right, err = c.mapping(def.Right); err != nil {
			return nil, err
		}
		if def.Condition == paceline.CondMatches && (d.right.kind == exprConstant || d.right.kind == exprNone) {
			if d.pattern, err = compilePattern(Text(d.right.constant)); err != nil {
				return nil, err
			}
		}
	}
	d.reads = c.reads
	return d, nil
}

// pattern is a regular expression.
type pattern struct {
	*regexp.Regexp
	size int
}

// mostSearch bounds the size of a regular expression times the length of what it is compared with: a search takes no
// longer than their product.
const mostSearch = 100_000_000

func compilePattern(text string) (*pattern, error) {
	if len(text) > maxPattern {
		return nil, fmt.Errorf("the regular expression is longer than %d characters", maxPattern)
	}
	size, err := PatternSize(text)
	if err != nil {
		return nil, err
	}
	p, err := regexp.Compile(text)
	return &pattern{p, size}, err
}

// PatternSize is how many instructions a regular expression has.
func PatternSize(text string) (int, error) {
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return 0, err
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return 0, err
	}
	return len(program.Inst), nil
}

// Eval reports whether the condition holds. Its error has the code decision_invalid; the cause says which values
// could not be compared, without showing them.
func (d *Decision) Eval(env Env) (bool, error) {
	var few [8]Value
	r := run{env: env, slots: few[:]}
	if d.reads.slots > len(few) {
		r.slots = make([]Value, d.reads.slots)
	}
	d.reads.load(env.Data, r.slots)
	left := r.operand(&d.left)
	var right Value
	if !d.condition.Unary() {
		right = r.operand(&d.right)
	}
	ok, err := conditions[d.condition](left, right, d)
	if err == nil && r.tooLarge {
		err = errors.New("an operand is too large")
	}
	if err != nil {
		return false, paceline.Fail(paceline.CodeDecisionInvalid).Because(err)
	}
	return ok, nil
}

func (r *run) operand(e *expression) Value {
	v, tree := r.value(e)
	if tree != nil {
		return tree.first()
	}
	return v
}

// conditions are the tests of all conditions. The negative ones are exact opposites of the positive ones.
var conditions = map[paceline.Condition]func(left, right Value, d *Decision) (bool, error){
	paceline.CondEquals:         func(l, r Value, _ *Decision) (bool, error) { return equal(l, r), nil },
	paceline.CondNotEquals:      func(l, r Value, _ *Decision) (bool, error) { return !equal(l, r), nil },
	paceline.CondExists:         func(l, _ Value, _ *Decision) (bool, error) { return exists(l), nil },
	paceline.CondNotExists:      func(l, _ Value, _ *Decision) (bool, error) { return !exists(l), nil },
	paceline.CondContains:       func(l, r Value, _ *Decision) (bool, error) { return contains(l, r), nil },
	paceline.CondNotContains:    func(l, r Value, _ *Decision) (bool, error) { return !contains(l, r), nil },
	paceline.CondStartsWith:     func(l, r Value, _ *Decision) (bool, error) { return withText(l, r, strings.HasPrefix), nil },
	paceline.CondEndsWith:       func(l, r Value, _ *Decision) (bool, error) { return withText(l, r, strings.HasSuffix), nil },
	paceline.CondGreater:        ordered(func(c int) bool { return c > 0 }),
	paceline.CondGreaterOrEqual: ordered(func(c int) bool { return c >= 0 }),
	paceline.CondLess:           ordered(func(c int) bool { return c < 0 }),
	paceline.CondLessOrEqual:    ordered(func(c int) bool { return c <= 0 }),
	paceline.CondInList:         func(l, r Value, _ *Decision) (bool, error) { return inList(l, r), nil },
	paceline.CondMatches:        matches,
	paceline.CondIsTrue:         func(l, _ Value, _ *Decision) (bool, error) { return isBoolean(l, jsonTrue), nil },
	paceline.CondIsFalse:        func(l, _ Value, _ *Decision) (bool, error) { return isBoolean(l, jsonFalse), nil },
	paceline.CondIsEmpty:        func(l, _ Value, _ *Decision) (bool, error) { return Empty(l), nil },
	paceline.CondIsNotEmpty:     func(l, _ Value, _ *Decision) (bool, error) { return !Empty(l), nil },
}

func exists(v Value) bool { k := KindOf(v); return k != Missing && k != Null }

func isBoolean(v, want Value) bool {
	if !exists(v) {
		return false
	}
	b, ok := Coerce(v, paceline.TypeBoolean)
	return ok && string(trim(b)) == string(want)
}

func matches(left, right Value, d *Decision) (bool, error) {
	pattern := d.pattern
	if pattern == nil {
		var err error
		if pattern, err = compilePattern(Text(right)); err != nil {
			return false, err
		}
	}
	if !exists(left) {
		return false, nil
	}
	text := Text(left)
	if len(text) > mostSearch/pattern.size {
		return false, errors.New("the regular expression is too complex for a text of this length")
	}
	return pattern.MatchString(text), nil
}

// Against returns the test of a condition against one value, for many values that no decision names. An error of the
// test says why it cannot be told, such as of texts that a condition wants to order.
func Against(c paceline.Condition, right Value) (func(left Value) (bool, error), error) {
	if conditions[c] == nil {
		return nil, fmt.Errorf("there is no condition %q", string(c))
	}
	return (&Decision{condition: c}).against(right)
}

// against is the test for many left operands, whose regular expression is read once. All of them together are no longer
// than what one text may have.
func (d *Decision) against(right Value) (func(left Value) (bool, error), error) {
	test := conditions[d.condition]
	if d.condition != paceline.CondMatches {
		return func(left Value) (bool, error) { return test(left, right, d) }, nil
	}
	known := *d
	if known.pattern == nil {
		var err error
		if known.pattern, err = compilePattern(Text(right)); err != nil {
			return nil, err
		}
	}
	rest := mostSearch / known.pattern.size
	return func(left Value) (bool, error) {
		if rest -= len(left); rest < 0 {
			return false, errors.New("the regular expression is too complex for texts of this length")
		}
		return test(left, right, &known)
	}, nil
}
