package utility

import "paceline/connector"

// ScriptStorage is the storage that Provide gives to scripts.
func ScriptStorage(c Config) connector.ScriptStorage { return scriptStorage{newKeeper(c)} }
