// Go's net/http client against goserver.
package main

import (
	"io"
	"log"
	"net/http"
	"os"
	"strings"
)

func expect(response *http.Response, err error, body string) {
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	if err != nil || string(got) != body {
		log.Fatalf("got %q, %v", got, err)
	}
}

func main() {
	base := "http://127.0.0.1:" + os.Args[1]
	response, err := http.Get(base + "/stream")
	expect(response, err, "part 1\npart 2\npart 3\n")
	response, err = http.Get(base + "/old")
	expect(response, err, "part 1\npart 2\npart 3\n")
	response, err = http.Post(base+"/echo", "application/json", strings.NewReader(`{"n":1}`))
	expect(response, err, `{"n":1}`)
	// A body of unknown length goes out chunked.
	response, err = http.Post(base+"/echo", "text/plain", io.MultiReader(strings.NewReader("in pieces")))
	expect(response, err, "in pieces")
}
