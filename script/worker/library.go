package worker

import "paceline/script/wire"

func (m *machine) libraries(string) *wire.Error { return nil }
