// Sends one punch in each mode as a program with the official SDK would, at its defaults; prints id and status of each.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
)

func punch(id string) cloudevents.Event {
	event := cloudevents.NewEvent()
	event.SetID(id)
	event.SetSource(os.Getenv("SOURCE"))
	event.SetType("attendance.punched.v1")
	event.SetSubject(os.Getenv("SUBJECT"))
	event.SetTime(time.Now())
	event.SetExtension("aratherlongextensionnameofthesender", "yes")
	data := map[string]string{"at": time.Now().Format(time.RFC3339Nano), "direction": "in"}
	if err := event.SetData(cloudevents.ApplicationJSON, data); err != nil {
		log.Fatal(err)
	}
	return event
}

func send(client cloudevents.Client, ctx context.Context, id string) {
	var answer *cehttp.Result
	result := client.Send(ctx, punch(id))
	if !errors.As(result, &answer) {
		log.Fatal(result)
	}
	fmt.Println(id, answer.StatusCode)
}

func main() {
	client, err := cloudevents.NewClientHTTP(
		cloudevents.WithTarget(os.Getenv("INGEST_URL")+"/v1/events"),
		cloudevents.WithHeader("Authorization", "Bearer "+os.Getenv("TOKEN")),
	)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	send(client, binding.WithForceStructured(ctx), "go/structured/1")
	send(client, binding.WithForceBinary(ctx), "go/binary/1")
}
