package broker

import (
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

// Config is what the parent tells the child.
type Config struct {
	Data         string        `json:"data"`          // data directory of the broker, created when absent
	Lock         string        `json:"lock"`          // lock file, held for the life of the process
	Port         int           `json:"port"`          // port to listen on, 0 = any free one
	AnyPort      bool          `json:"any_port"`      // take any free port when Port is taken
	SyncWrites   bool          `json:"sync_writes"`   // fsync every batch before its acknowledgement
	TxnTimeout   time.Duration `json:"txn_timeout"`   // longest transaction timeout a client may ask for
	MinSession   time.Duration `json:"min_session"`   // shortest session timeout a group member may ask for
	MessageBytes int           `json:"message_bytes"` // largest record batch, bytes
}

// Milliseconds and minutes of "never" that no duration of kfake overflows on.
const (
	neverMillis  = 10 * 365 * 24 * 3600 * 1000
	neverMinutes = 10 * 365 * 24 * 60
)

func (c Config) validate() error {
	switch {
	case c.Data == "":
		return fmt.Errorf("data %q: must be a path", c.Data)
	case c.Lock == "":
		return fmt.Errorf("lock %q: must be a path", c.Lock)
	case c.Port < 0 || c.Port > 65535:
		return fmt.Errorf("port %d: must be in 0..65535", c.Port)
	case c.TxnTimeout < time.Second:
		return fmt.Errorf("txn_timeout %s: must be at least 1s", c.TxnTimeout)
	case c.MinSession < time.Millisecond:
		return fmt.Errorf("min_session %s: must be at least 1ms", c.MinSession)
	case c.MessageBytes < 1024:
		return fmt.Errorf("message_bytes %d: must be at least 1024", c.MessageBytes)
	}
	return nil
}

// brokerConfigs are the settings of the broker that differ from kfake's own.
// Retention is for ever unless a topic says otherwise: the log is the truth,
// and the offsets of a stopped group are part of it.
func (c Config) brokerConfigs() map[string]string {
	return map[string]string{
		"log.cleaner.backoff.ms":     strconv.FormatInt(neverMillis, 10),
		"log.retention.ms":           "-1",
		"log.retention.bytes":        "-1",
		"offsets.retention.minutes":  strconv.Itoa(neverMinutes),
		"default.replication.factor": "1",
		"transaction.max.timeout.ms": strconv.FormatInt(c.TxnTimeout.Milliseconds(), 10),
		"message.max.bytes":          strconv.Itoa(c.MessageBytes),
	}
}

func (c Config) options(gate *gate) []kfake.Opt {
	opts := []kfake.Opt{
		kfake.Ports(c.Port),
		kfake.ListenFn(gate.listen),
		kfake.DataDir(c.Data),
		kfake.ClusterID("tierwatch-embedded"),
		kfake.BrokerConfigs(c.brokerConfigs()),
		kfake.GroupMinSessionTimeout(c.MinSession),
		kfake.WithLogger(logger{c.Data}),
	}
	if c.SyncWrites {
		opts = append(opts, kfake.SyncWrites())
	}
	return opts
}
