package main

import (
	"encoding/json"
	"fmt"

	"paceline/bench/w1"
)

// calls is the export document of a template whose webhook is followed by n calls, each of which is given
// the event's correlation id and what the call before it answered.
func calls(n int) []byte { return scriptedCalls(n, "") }

// scriptedCalls are calls whose steps have a script.
func scriptedCalls(n int, script string) []byte {
	const step = "7c1e5a30-44b2-4f0e-9d00-%012d"
	type object = map[string]any
	sink := object{"UID": w1.ConnectorUID, "Key": "bench-sink", "Name": w1.ConnectorName, "Version": "1.0.0"}
	id := func(i int) string { return fmt.Sprintf(step, i+1) }
	from := func(location string, source int, name string) object {
		return object{"Location": location, "Type": "StepField", "SourceStep": id(source), "SourceLocation": name}
	}
	steps := []object{{"ID": id(0), "Name": "Event", "Kind": "Webhook", "Connector": sink, "Method": "contact-received"}}
	var edges []object
	for i := 1; i <= n; i++ {
		fields := []object{from("cid", 0, "cid"), from("given_name", 0, "first_name"), from("mail", 0, "email")}
		if i > 1 {
			fields = append(fields, from("company", i-1, "id"))
		}
		step := object{"ID": id(i), "Name": fmt.Sprintf("Call %d", i), "Kind": "Action", "Connector": sink, "Method": "create-person", "Fields": fields}
		if script != "" {
			step["Script"] = script
		}
		steps = append(steps, step)
		edges = append(edges, object{"ID": id(100 + i), "Tail": id(i - 1), "Head": id(i), "Type": "Forward"})
	}
	document, err := json.Marshal(object{
		"PacelineVersion": "1", "Kind": "Template", "Name": fmt.Sprintf("%d calls, %d of script", n, len(script)), "Published": true, "Connectors": []any{},
		"Flow": object{"Schema": 1, "Steps": steps, "Edges": edges, "Variables": []any{}, "Settings": object{
			"StepErrorAction": "StopTransaction", "MaxRetries": 5, "LogRequests": true, "CollectionSplit": "None", "Retention": object{},
		}},
	})
	if err != nil {
		panic("a document of plain values: " + err.Error())
	}
	return document
}
