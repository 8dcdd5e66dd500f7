package connector

import "paceline/mapping"

// buildJSON writes the fields as one JSON document.
func buildJSON(_ *Method, in *mapping.Inputs, _ *room) (content, error) {
	dst, err := in.AppendJSON(make([]byte, 0, 512))
	if err == nil && len(dst) == 0 {
		dst = append(dst, "{}"...)
	}
	return content{body: dst}, err
}
