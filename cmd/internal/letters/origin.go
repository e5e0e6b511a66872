package letters

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/file"
	"github.com/tierwatch/tierwatch/sources/kafka"
	"github.com/tierwatch/tierwatch/sources/mapping"
)

// way takes the original of a letter to records.
type way interface {
	row(l *Letter, emit func(*pb.LogRecord) error) (event.Outcome, error)
}

// errNoWay is a letter that cannot go back; the text says why.
type errNoWay struct{ why string }

func (e *errNoWay) Error() string { return e.why }

// documents are originals that are whole values: JSON and Protobuf.
type documents struct {
	decoder kafka.Decoder
	format  file.Format // the zero one for what no mapping reads
	files   files
}

func (d *documents) row(l *Letter, emit func(*pb.LogRecord) error) (event.Outcome, error) {
	doc, err := d.format.Text(l.Original)
	if err != nil {
		return event.Outcome{}, err
	}
	return kafka.Decode(d.decoder, event.Row{
		Name: l.OriginName, Partition: l.OriginPartition, Position: l.OriginPosition, Number: d.files.number(l, 0),
		Doc: doc, Raw: l.Original,
	}, emit)
}

// lines are originals that are lines of a CSV file.
type lines struct {
	format file.Format
	mapper *mapping.Mapper
	dir    string
	files  files
}

// row reads the line as the file it came from was read.
func (c *lines) row(l *Letter, emit func(*pb.LogRecord) error) (event.Outcome, error) {
	header := c.format.Columns
	before := int64(0)
	if !c.format.NoHeader {
		before = 1
		var err error
		if header, err = c.files.columns(l); err != nil {
			return event.Outcome{}, err
		}
	}
	text, err := c.format.Text(l.Original)
	if err != nil {
		return event.Outcome{}, err
	}
	path := filepath.Join(c.dir, "row.csv")
	if err := os.WriteFile(path, append(slices.Clone(text), '\n'), 0o600); err != nil {
		return event.Outcome{}, fmt.Errorf("write row: %w", err)
	}
	format := c.format
	format.NoHeader, format.Columns, format.Encoding = true, header, "" // text is decoded
	r, err := file.Open(path, format)
	if err != nil {
		return event.Outcome{}, err
	}
	defer func() { _ = r.Close() }() // only read
	if err := c.mapper.Bind(header); err != nil {
		return event.Outcome{}, exit.With(exit.Usage, err)
	}
	row, err := r.Next()
	if errors.Is(err, io.EOF) {
		return event.Outcome{}, &errNoWay{"the letter has no original"}
	}
	if err != nil {
		return event.Outcome{}, err
	}
	row.Name, row.Partition, row.Position, row.Number = l.OriginName, l.OriginPartition, l.OriginPosition, c.files.number(l, before)
	return kafka.Decode(c.mapper, row, emit)
}

// ways finds the way of a letter.
type ways struct {
	builder *event.Builder
	sources []config.Source
	program *mapping.Program // of --mapping, nil if none
	files   files
	dir     string
	known   map[string]way
}

// of is the way of a letter: --mapping if given, else that of the configured
// source of the letter's name.
func (w *ways) of(l *Letter) (way, error) {
	if found := w.known[l.Source]; found != nil {
		return found, nil
	}
	made, err := w.make(l.Source)
	if err == nil {
		w.known[l.Source] = made
	}
	return made, err
}

func (w *ways) make(source string) (way, error) {
	program := w.program
	if program == nil {
		i := slices.IndexFunc(w.sources, func(s config.Source) bool { return s.Name == source })
		if i < 0 {
			return nil, &errNoWay{fmt.Sprintf("no source %q is configured: name its mapping with --mapping", source)}
		}
		s := &w.sources[i]
		if s.Format == "protobuf" {
			return &documents{decoder: &kafka.ProtoDecoder{Builder: w.builder}, files: w.files}, nil
		}
		program = mapping.Canonical()
		if s.Mapping != "" {
			var err error
			if program, err = mapping.Load(s.Mapping); err != nil {
				return nil, err
			}
		}
	}
	mapper, err := program.Mapper(w.builder)
	if err != nil {
		return nil, err
	}
	switch program.Format.Kind {
	case file.CSV:
		return &lines{format: program.Format, mapper: mapper, dir: w.dir, files: w.files}, nil
	case file.Parquet:
		return nil, &errNoWay{"rows of Parquet files have no text to send through: correct the file and load it with --again"}
	default:
		return &documents{decoder: mapper, format: program.Format, files: w.files}, nil
	}
}
