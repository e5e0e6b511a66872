package wire

import (
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
)

// Logger makes the program's logger on w: JSON lines, or readable ones on a
// terminal.
func Logger(c config.Log, w io.Writer) zerolog.Logger {
	level, err := zerolog.ParseLevel(c.Level)
	if err != nil {
		level = zerolog.InfoLevel
	}
	if c.Format == "console" || c.Format == "auto" && Terminal(w) {
		w = zerolog.ConsoleWriter{Out: w, TimeFormat: time.TimeOnly, NoColor: !Terminal(w)}
	}
	return zerolog.New(w).Level(level).With().Timestamp().Logger()
}

// Terminal tells whether w is one that a person looks at.
func Terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd()) && os.Getenv("TERM") != "dumb"
}

// kafkaLogger passes the client's warnings and errors on; what it says below
// that is its own business and goes to debug.
type kafkaLogger struct{ log zerolog.Logger }

func (k kafkaLogger) Level() kgo.LogLevel {
	if k.log.GetLevel() <= zerolog.DebugLevel {
		return kgo.LogLevelInfo
	}
	return kgo.LogLevelWarn
}

func (k kafkaLogger) Log(level kgo.LogLevel, msg string, keyvals ...any) {
	at := zerolog.DebugLevel
	switch level { //nolint:exhaustive // the others are debug
	case kgo.LogLevelError:
		at = zerolog.ErrorLevel
	case kgo.LogLevelWarn:
		at = zerolog.WarnLevel
	}
	fields := make(map[string]any, len(keyvals)/2)
	for i := 0; i+1 < len(keyvals); i += 2 {
		if key, ok := keyvals[i].(string); ok {
			fields[key] = printable(keyvals[i+1])
		}
	}
	k.log.WithLevel(at).Str("component", "kafka").Fields(fields).Msg(msg)
}

// printable keeps errors readable in JSON.
func printable(v any) any {
	if err, ok := v.(error); ok {
		return err.Error()
	}
	return v
}
