package utility

import (
	"encoding/json"
	"fmt"
	"strings"

	"paceline"
	"paceline/connector"
	"paceline/mapping"
	"paceline/store"
)

// objectMethods are those of Cycle and Global Object Storage, whose values are the fields of the step.
func (k *keeper) objectMethods(ofCycle bool) map[string]method {
	return map[string]method{
		"put":        k.entry(ofCycle, k.putObject),
		"get":        k.getMethod(ofCycle),
		"delete":     k.deleteMethod(ofCycle),
		"get-all":    k.listMethod(ofCycle),
		"delete-all": k.clearMethod(ofCycle),
	}
}

// putObject writes the fields of the step over those of the entry: what the step does not name stays.
func (k *keeper) putObject(c connector.UtilityCall, key string, expires paceline.Micros, old []byte, _ store.Entry) (change, error) {
	value, err := k.merge(old, field(c, "Value"))
	return change{value: value, expires: expires, answer: putAnswer{kept{key, value}, old == nil}}, err
}

// merge writes the members of one object over those of another, which may be nil.
func (k *keeper) merge(old, with []byte) (json.RawMessage, error) {
	var is, given map[string]json.RawMessage
	if old != nil {
		if err := json.Unmarshal(old, &is); err != nil {
			return nil, err
		}
	}
	if mapping.KindOf(with) > mapping.Null {
		if err := json.Unmarshal(with, &given); err != nil {
			return nil, refuse(paceline.CodeUtilityInput, "What is to be stored is not an object.")
		}
	}
	if is == nil {
		is = map[string]json.RawMessage{}
	}
	for name, v := range given {
		is[strings.TrimSpace(name)] = v
	}
	out, err := encode(is)
	if err == nil && len(out) > k.limits.Object {
		err = refuse(paceline.CodeStorageValue, fmt.Sprintf("It has more than %d bytes.", k.limits.Object))
	}
	return out, err
}
