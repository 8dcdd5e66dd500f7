package api

import (
	"context"
	"encoding/json"
	"net/http"

	"paceline"
	"paceline/catalog"
	"paceline/server/api/wire"
	"paceline/server/fault"
)

const callsTag = "Data on demand"

type MethodCallPath struct {
	AccountConnectorPath
	Method string `path:"method" doc:"Id (a whole number) or MethodUniqueIdentifier."`
}

type methodCallIn struct {
	Parameters  map[string]any `doc:"Values by id of the parameter."`
	Fields      map[string]any `doc:"Values by id of the request field."`
	Mergefields map[string]any `doc:"Values by name, or by id of a parameter."`
	StepId      string         `doc:"Extension: the step of a cycle that is tried. Its scripts run (STEP_TESTING), and its last successful run date counts and stays."`
}

type methodBodyIn struct {
	Parameters  map[string]any
	Mergefields map[string]any
	Body        wire.Opt[string] `alias:"RequestBody" doc:"Text of a JSON object that is sent instead of fields; of a method that sends JSON also of a list, of one that sends XML of the document, which is sent as it stands."`
}

type methodCallInput struct {
	MethodCallPath
	Body *wire.Body[methodCallIn]
}

type methodBodyInput struct {
	MethodCallPath
	Body *wire.Body[methodBodyIn]
}

func (a *API) methodCalls() {
	owned := []IDParam{{In: "path", Name: "id", Owner: "account"}, {In: "path", Name: "method", Owner: "public"}}
	route := func(id, method, path, summary string) Route {
		return Route{ID: "AccountConnectors_" + id, Method: method, Path: "/account/connectors/{id}" + path, Tag: callsTag, Level: Account, Summary: summary, IDs: owned,
			MaxBody: 8 << 20}
	}
	tried := func(r Route) Route {
		r.IDs = append(owned[:2:2], IDParam{In: "body", Name: "StepId", Owner: "account"})
		return r
	}
	addRaw(a, route("CallMethod_GET", http.MethodGet, "/methods/{method}", "Call a method that needs no input."), a.methodCallBare)
	addRaw(a, tried(route("CallMethod_POST", http.MethodPost, "/methods/{method}", "Call a method and get the vendor's answer as JSON.")), a.methodCall)
	addRaw(a, route("CallMethodBody_POST", http.MethodPost, "/methods/{method}/body", "Call a method with a request document of your own."), a.methodCallBody)
	addEmpty(a, route("TestMethod_GET", http.MethodGet, "/test/{method}", "Try a method that needs no input."), a.methodTestBare)
	addEmpty(a, tried(route("TestMethod_POST", http.MethodPost, "/test/{method}", "Try a method; the answer is a status alone.")), a.methodTest)
}

func (a *API) methodCall(ctx context.Context, c *Call, in *methodCallInput) ([]byte, error) {
	return a.callMethod(ctx, c, in.MethodCallPath, later(in.Body.Relaxed(), methodCallIn.input))
}

func (a *API) methodCallBare(ctx context.Context, c *Call, in *MethodCallPath) ([]byte, error) {
	return a.callMethod(ctx, c, *in, func() (catalog.MethodCall, error) { return catalog.MethodCall{}, nil })
}

func (a *API) methodCallBody(ctx context.Context, c *Call, in *methodBodyInput) ([]byte, error) {
	return a.callMethod(ctx, c, in.MethodCallPath, later(in.Body, methodBodyIn.input))
}

func (a *API) methodTest(ctx context.Context, c *Call, in *methodCallInput) error {
	_, err := a.callMethod(ctx, c, in.MethodCallPath, later(in.Body.Relaxed(), methodCallIn.input))
	return err
}

func (a *API) methodTestBare(ctx context.Context, c *Call, in *MethodCallPath) error {
	_, err := a.methodCallBare(ctx, c, in)
	return err
}

func (a *API) callMethod(ctx context.Context, c *Call, path MethodCallPath, read func() (catalog.MethodCall, error)) ([]byte, error) {
	id, err := number(path.ID)
	if err != nil {
		return nil, err
	}
	ref, err := methodRef(path.Method)
	if err != nil {
		return nil, err
	}
	return a.Catalog.CallMethod(ctx, c.Principal, fault.Client(ctx), c.Account, id, ref, read)
}

// methodRef reads a path segment that names a method: its id, else its unique identifier.
func methodRef(text string) (ref catalog.MethodRef, err error) {
	if ref.ID, err = number(text); err != nil {
		ref.UID, err = guid(text)
	}
	return ref, err
}

func (in methodCallIn) input() (out catalog.MethodCall, err error) {
	if out.Parameters, err = scalars("Parameters", in.Parameters); err != nil {
		return out, err
	}
	if out.Fields, err = scalars("Fields", in.Fields); err != nil {
		return out, err
	}
	if out.Mergefields, err = scalars("Mergefields", in.Mergefields); err != nil || in.StepId == "" {
		return out, err
	}
	ok := false
	if out.Step, ok = paceline.ParseID(in.StepId); !ok {
		err = paceline.Fail(paceline.CodeFieldInvalid, "name", "StepId", "reason", "it is no id")
	}
	return out, err
}

func (in methodBodyIn) input() (out catalog.MethodCall, err error) {
	out, err = methodCallIn{Parameters: in.Parameters, Mergefields: in.Mergefields}.input()
	if err == nil && !in.Body.Has() {
		err = paceline.Fail(paceline.CodeFieldInvalid, "name", "Body", "reason", "it is missing")
	}
	out.Body = in.Body.Ptr()
	return out, err
}

// scalars reads values, each of which is a text, a number, true or false; null is no value.
func scalars(name string, values map[string]any) (map[string]json.RawMessage, error) {
	out := make(map[string]json.RawMessage, len(values))
	for key, value := range values {
		switch v := value.(type) {
		case nil:
			continue
		case string, bool, wire.Number:
			text, err := json.Marshal(v)
			if err != nil {
				return nil, err
			}
			out[key] = text
		default:
			return nil, paceline.Fail(paceline.CodeFieldInvalid, "name", name+"."+key, "reason", "a single value was expected")
		}
	}
	return out, nil
}
