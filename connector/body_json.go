package connector

import "paceline/mapping"

// buildJSON writes the fields as one JSON document.
func buildJSON(dst []byte, in *mapping.Inputs) ([]byte, error) {
	start := len(dst)
	dst, err := in.AppendJSON(dst)
	if err == nil && len(dst) == start {
		dst = append(dst, "{}"...)
	}
	return dst, err
}
