package paceline

// Shards is how many parts all work is divided into. Of several servers on one database, each works for some of them.
const Shards = 256

// ShardOf is the shard of a root account and its sub accounts. The numbers of accounts are dense, so their last bits
// divide them evenly. Statements of the store say the same as num & 255.
func ShardOf(root int64) int { return int(root & (Shards - 1)) }
