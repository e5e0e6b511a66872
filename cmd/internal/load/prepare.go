package load

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tierwatch/tierwatch/cmd/internal/count"
	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/folded"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/control"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/file"
	"github.com/tierwatch/tierwatch/sources/mapping"
)

// File is a data file with its mapping, both paths.
type File struct{ Path, Mapping string }

// Options of Prepare.
type Options struct {
	Files []File
	// Policy opens a new log; nil takes the first one published.
	Policy *pb.PolicyActivation
	// Rates are further rates to publish before loading.
	Rates []*pb.Rates
	// Again loads files that are in the log already.
	Again bool
	// MaxDisorder is how many business days a row may lie before one above it
	// without its file being sorted on disk.
	MaxDisorder int32
	// Progress is told how far a stage has come, in bytes of the files while they are
	// looked over and in usable rows while they are loaded, and the rows so far.
	Progress func(stage string, done, total, rows int64)
	// Announce tells a person something.
	Announce func(text string)
}

// Stages, as Options.Progress names them.
const (
	StageInspect = "looking over the files"
	StageLoad    = "loading"
)

// ErrLoaded refuses a file that is in the log.
var ErrLoaded = errors.New("is in the log already: --again loads it once more")

// Load is a load that is ready to run.
type Load struct {
	d       *wire.Deployment
	o       Options
	topic   *control.Topic
	inputs  []source
	first   int32 // business days of all files; first is not later than today
	last    int32
	today   int32       // the business day that is not over
	rates   []*pb.Rates // published, by day
	resumed *pb.LoadedFile
	stretch folded.Stretch
}

// source is one file.
type source struct {
	file.Input
	look    file.Inspection
	name    string // base name
	mapping string // name of the mapping
	hash    string // of the mapping's text
	header  []string
	empty   bool // not one row
}

func (s *source) sha() string { return hex.EncodeToString(s.look.SHA256[:]) }

// Prepare compiles the mappings and looks over all files; if nothing is wrong, the rates
// given are published, and nothing else is written. Errors of mappings, missing columns, files loaded before
// and a policy that is missing (ErrNoPolicy) or another's (ErrOtherPolicy) have the exit code of wrong usage. Close the result.
func Prepare(ctx context.Context, d *wire.Deployment, o Options) (*Load, error) {
	l := &Load{d: d, o: o}
	var err error
	if l.topic, err = control.OpenTopic(d.Kafka, d.Namespace); err != nil {
		return nil, err
	}
	if err := l.prepare(ctx); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// Usable tells whether any row can be used; Run refuses a load without one.
func (l *Load) Usable() bool { return l.first != 0 }

// Close releases what Prepare opened.
func (l *Load) Close() { l.topic.Close() }

func (l *Load) prepare(ctx context.Context) error {
	if _, err := l.topic.Refresh(ctx); err != nil {
		return err
	}
	if err := l.checkPolicy(); err != nil {
		return exit.With(exit.Usage, err)
	}
	rates := l.topic.Table().Rates.Copy()
	for _, r := range l.o.Rates {
		for _, x := range r.Rates {
			rates.Set(x.Unit, r.Day, x.RateE12)
		}
	}
	builder := &event.Builder{Calendar: l.d.Calendar, Rates: rates, LastDay: l.d.LastDay(time.Now())}
	if l.today = math.MaxInt32; builder.LastDay != 0 {
		l.today = builder.LastDay - 1
	}
	var err error
	if l.inputs, err = openAll(l.o.Files, builder); err != nil {
		return err
	}
	if err := l.inspect(ctx); err != nil {
		return err
	}
	if err := l.known(); err != nil {
		return err
	}
	return l.publishRates(ctx)
}

// Check compiles the mappings and opens every file and its header, without a
// broker: all that can be said before anything is made. Files of which none has a
// row are refused. Errors have the exit code of wrong usage.
func Check(files []File, cal *event.Calendar) error {
	list, err := openAll(files, &event.Builder{Calendar: cal})
	if err != nil || slices.ContainsFunc(list, func(s source) bool { return !s.empty }) {
		return err
	}
	names := each(list, func(s *source) string { return s.Path })
	return exit.With(exit.Usage, fmt.Errorf("nothing to load: no row in %s", strings.Join(names, ", ")))
}

// openAll reports every file that cannot be opened.
func openAll(files []File, b *event.Builder) ([]source, error) {
	var list []source
	var all []error
	for _, f := range files {
		s, err := open(f, b)
		if err != nil {
			all = append(all, exit.With(exit.Usage, err))
			continue
		}
		list = append(list, *s)
	}
	return list, joined(all)
}

// joined keeps the exit code of the first error.
func joined(all []error) error {
	if len(all) == 0 {
		return nil
	}
	return exit.With(exit.Of(all[0]), errors.Join(all...))
}

// open compiles the mapping of a file; tables it looks up may lie beside either.
func open(f File, b *event.Builder) (*source, error) {
	program, err := mapping.Load(f.Mapping, filepath.Dir(f.Path))
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(f.Mapping)
	if err != nil {
		return nil, fmt.Errorf("read mapping: %w", err)
	}
	mapper, err := program.Mapper(b)
	if err != nil {
		return nil, fmt.Errorf("mapping %s: %w", f.Mapping, err)
	}
	sum := sha256.Sum256(text)
	s := &source{
		Input: file.Input{Path: f.Path, Format: program.Format, Mapper: mapper},
		name:  filepath.Base(f.Path), mapping: program.Name, hash: hex.EncodeToString(sum[:]),
	}
	r, err := file.Open(f.Path, program.Format)
	if err != nil {
		return nil, err
	}
	s.header = slices.Clone(r.Header())
	if err := mapper.Bind(s.header); err != nil {
		return nil, errors.Join(fmt.Errorf("bind %s: %w", f.Path, err), r.Close())
	}
	// What damages a file is told when all of it is looked over.
	_, err = r.Next()
	s.empty = errors.Is(err, io.EOF)
	return s, r.Close()
}

// inspect reads every file once and reports all that are damaged.
func (l *Load) inspect(ctx context.Context) error {
	var all []error
	var rows, total, done int64
	for i := range l.inputs {
		if info, err := os.Stat(l.inputs[i].Path); err == nil {
			total += info.Size()
		}
	}
	for i := range l.inputs {
		s := &l.inputs[i]
		l.o.Progress(StageInspect, done, total, rows)
		look, err := file.Inspect(ctx, s.Input)
		if info, e := os.Stat(s.Path); e == nil {
			done += info.Size()
		}
		if err != nil {
			if _, damaged := errors.AsType[*file.Error](err); !damaged {
				err = exit.With(exit.Usage, err)
			}
			all = append(all, err)
			continue
		}
		s.look = look
		rows += look.Books.Read
		if look.FirstDay != 0 && (l.first == 0 || look.FirstDay < l.first) {
			l.first = min(look.FirstDay, l.today)
		}
		l.last = max(l.last, look.LastDay)
	}
	l.o.Progress(StageInspect, total, total, rows)
	return joined(all)
}

// known looks the files up among those loaded before.
func (l *Load) known() error {
	var all []error
	seen := map[string]string{}
	for i := range l.inputs {
		s := &l.inputs[i]
		if other, twice := seen[s.sha()]; twice {
			all = append(all, fmt.Errorf("%s and %s have the same content: name one of them", other, s.Path))
			continue
		}
		seen[s.sha()] = s.Path
		had := l.topic.Table().File(s.sha())
		switch {
		case had == nil || l.o.Again && had.Done:
		case i > 0 && l.resumed != nil && (!had.Done || slices.Equal(had.Load, l.shas())):
			// Done before the first file is: it died while it noted its end.
		case had.Done:
			all = append(all, fmt.Errorf("%s %w (as %s, %s)", s.Path, ErrLoaded, had.Name, count.Of(had.Rows, "row")))
		case i == 0 && slices.Equal(had.Load, l.shas()) && slices.Equal(had.Mappings, l.hashes()):
			if err := l.goOn(had); err != nil {
				return exit.With(exit.Usage, err)
			}
		case l.o.Again:
		case len(had.Load) > 0 && l.topic.Table().File(had.Load[0]) == nil:
			// The first file is noted last, and before anything is written.
		default:
			all = append(all, fmt.Errorf("%s was loaded in part, with other files or another mapping: name the same again in the same order, or use --again to begin anew (what comes twice is recognized as duplicate)", s.Path))
		}
	}
	if err := joined(all); err != nil {
		return exit.With(exit.Usage, err)
	}
	return nil
}

// goOn lets a load go on that was interrupted: its position counts entries, so they must
// be those of its beginning. What has changed else would leave out one or write one twice.
func (l *Load) goOn(had *pb.LoadedFile) error {
	var other []string
	for i, shape := range had.Shapes { // none: noted by an older program
		if i < len(l.inputs) && shape != l.inputs[i].look.Shape {
			other = append(other, l.inputs[i].Path)
		}
	}
	switch {
	case len(other) == 0:
		l.resumed = had
	case !l.o.Again:
		return fmt.Errorf("%s was loaded in part, and other rows of it are used now, or for other customers, than when that load began "+
			"(a lookup table or rates changed): put them back, or use --again to begin anew (what comes twice for the same customer is recognized as duplicate)",
			strings.Join(other, ", "))
	}
	return nil
}

func (l *Load) shapes() []uint64 {
	out := make([]uint64, len(l.inputs))
	for i := range l.inputs {
		out[i] = l.inputs[i].look.Shape
	}
	return out
}

func (l *Load) shas() []string {
	return each(l.inputs, func(s *source) string { return s.sha() })
}

func (l *Load) hashes() []string {
	return each(l.inputs, func(s *source) string { return s.hash })
}

func each(list []source, get func(*source) string) []string {
	out := make([]string, len(list))
	for i := range list {
		out[i] = get(&list[i])
	}
	return out
}
