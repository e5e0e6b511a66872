package letters

import (
	"context"
	"fmt"
	"strings"

	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/control"
)

// Book is what tierwatch.control knows of letters: which were redriven, and which
// names are those of files.
type Book struct {
	table *control.Table
	files map[string]bool
}

// OpenBook reads tierwatch.control.
func OpenBook(ctx context.Context, d *wire.Deployment) (*Book, error) {
	topic, err := control.OpenTopic(d.Kafka, d.Namespace)
	if err != nil {
		return nil, err
	}
	defer topic.Close()
	table, err := topic.Refresh(ctx)
	if err != nil {
		return nil, fmt.Errorf("look which letters were redriven: %w", err)
	}
	b := &Book{table: table, files: map[string]bool{}}
	for _, f := range table.Files() {
		b.files[f.Name] = true
	}
	return b, nil
}

// Redriven is when a letter was sent through again, nil: it is open.
func (b *Book) Redriven(l *Letter) *pb.Redriven { return b.table.Redriven(l.Partition, l.Offset) }

// Origin is where a person finds the record of a letter: a line of a file that was
// loaded, a place of a topic, and of a letter of the fold its place in the log too.
func (b *Book) Origin(l *Letter) string {
	if l.Stage != StageFold {
		if l.Log != nil {
			return fmt.Sprintf("log %d:%d", l.Log.Partition, l.Log.Offset)
		}
		return b.row(l.OriginName, l.OriginPartition, l.OriginPosition)
	}
	at, ok := l.InLog()
	o := l.Row()
	switch {
	case ok && o != nil:
		return b.row(o.Name, o.Partition, o.Position) + ", log " + at.String()
	case ok:
		return "log " + at.String()
	case o != nil:
		return b.row(o.Name, o.Partition, o.Position)
	}
	return ""
}

func (b *Book) row(name string, partition int32, position int64) string {
	switch {
	case !b.files[name] || partition != 0:
		return fmt.Sprintf("%s %d:%d", name, partition, position)
	case strings.HasSuffix(name, ".parquet"):
		return fmt.Sprintf("%s row %d", name, position)
	}
	return fmt.Sprintf("%s line %d", name, position)
}
