package connector

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
)

// costLimit bounds one predicate; it is thousands of times what a usual one costs.
const costLimit = 200_000

// predicate is a compiled CEL expression. One that cannot be evaluated, because a field is missing or has
// another type, counts as false.
type predicate struct{ program cel.Program }

// answerEnv has the names of error rules; deliveryEnv those of webhooks.
var (
	answerEnv = sync.OnceValue(func() *cel.Env {
		return newEnv(cel.Variable("status", cel.IntType), cel.Variable("body", cel.DynType),
			cel.Variable("header", cel.MapType(cel.StringType, cel.StringType)))
	})
	deliveryEnv = sync.OnceValue(func() *cel.Env {
		return newEnv(cel.Variable("method", cel.StringType), cel.Variable("body", cel.DynType),
			cel.Variable("header", cel.MapType(cel.StringType, cel.StringType)),
			cel.Variable("query", cel.MapType(cel.StringType, cel.StringType)))
	})
)

// filterDeliveryEnv is deliveryEnv with what the trigger has registered.
var filterDeliveryEnv = sync.OnceValue(func() *cel.Env {
	env, err := deliveryEnv().Extend(cel.Variable("webhook", cel.DynType))
	if err != nil {
		panic("the environments of predicates are fixed: " + err.Error())
	}
	return env
})

// rowEnv has the one name of predicates about a row.
var rowEnv = sync.OnceValue(func() *cel.Env { return newEnv(cel.Variable("row", cel.DynType)) })

// memberEnv has the names of expressions about a member of a row.
var memberEnv = sync.OnceValue(func() *cel.Env {
	return newEnv(cel.Variable("row", cel.DynType), cel.Variable("key", cel.StringType))
})

func newEnv(variables ...cel.EnvOption) *cel.Env {
	env, err := cel.NewEnv(append(variables, cel.ParserExpressionSizeLimit(10_000), cel.ParserRecursionLimit(50), cel.CrossTypeNumericComparisons(true))...)
	if err != nil {
		panic("the environments of predicates are fixed: " + err.Error())
	}
	return env
}

func compilePredicate(env *cel.Env, text string) (*predicate, *mistake) {
	ast, issues := env.Compile(text)
	if issues != nil && issues.Err() != nil {
		first, _, _ := strings.Cut(strings.TrimPrefix(issues.Err().Error(), "ERROR: "), "\n")
		return nil, &mistake{"the predicate does not compile: " + strings.TrimPrefix(first, "<input>:"), "Write CEL, for example has(body.error) && status == 200."}
	}
	if t := ast.OutputType(); !t.IsExactType(cel.BoolType) && !t.IsExactType(cel.DynType) {
		return nil, &mistake{"the predicate gives " + t.String() + ", not true or false", "Compare it with something, for example body.ok == true."}
	}
	program, err := env.Program(ast, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(costLimit))
	if err != nil {
		return nil, &mistake{"the predicate does not compile: " + err.Error(), "Write CEL, for example has(body.error)."}
	}
	return &predicate{program}, nil
}

// holds evaluates the predicate.
func (p *predicate) holds(vars map[string]any) bool {
	out, _, err := p.program.Eval(vars)
	if err != nil {
		return false
	}
	b, ok := out.Value().(bool)
	return ok && b
}

// native decodes JSON for predicates: whole numbers as int64, others as float64. What is not JSON is a text.
func native(doc []byte) any {
	if len(bytes.TrimSpace(doc)) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return string(doc)
	}
	return numbers(v)
}

func numbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := strconv.ParseInt(string(v), 10, 64); err == nil {
			return n
		}
		f, _ := v.Float64()
		return f
	case []any:
		for i := range v {
			v[i] = numbers(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = numbers(v[k])
		}
	}
	return v
}

// lowerMap returns the first value of each name, names in lower case.
func lowerMap(values map[string][]string, lower bool) map[string]string {
	m := make(map[string]string, len(values))
	for name, list := range values {
		if lower {
			name = strings.ToLower(name)
		}
		if len(list) > 0 {
			m[name] = list[0]
		}
	}
	return m
}
