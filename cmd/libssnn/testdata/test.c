/* test MODEL EXITS RECORDING EVENTS FRAMES DAMAGED: what a program in C sees. EVENTS and FRAMES are the recording's, as arrays in memory.
 * It prints classes and scores, which the Go test compares, and fails at the first thing that is not as ssnn.h says. */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ssnn.h"

#define CLASSES 10

static void check(int good, int line, const char *what) {
    if (!good) {
        printf("test.c:%d: %s\n", line, what);
        exit(1);
    }
}
#define CHECK(x) check(x, __LINE__, #x)
/* FAILS: -1, with an error that has the text in it. */
#define FAILS(call, text)                                              \
    do {                                                               \
        error = NULL;                                                  \
        CHECK((call) == -1 && error != NULL);                          \
        check(strstr(error, text) != NULL, __LINE__, error);           \
        ssnn_free(error);                                              \
        error = (char *)&error;                                        \
    } while (0)

static void *contents(const char *path, size_t *size) {
    FILE *f = fopen(path, "rb");
    CHECK(f != NULL && fseek(f, 0, SEEK_END) == 0);
    *size = (size_t)ftell(f);
    rewind(f);
    void *all = malloc(*size);
    CHECK(fread(all, 1, *size, f) == *size);
    fclose(f);
    return all;
}

static void print(const char *what, int class, const double *scores, char *error) {
    check(class >= 0, __LINE__, error ? error : "-1 without an error");
    CHECK(error == NULL);
    printf("%s %d", what, class);
    for (int i = 0; i < CLASSES; i++)
        printf(" %a", scores[i]);
    printf("\n");
}

static ssnn_model shared;
static ssnn_event *events;
static size_t count;

static void *many(void *unused) {
    double scores[CLASSES], first[CLASSES];
    for (int i = 0; i < 20; i++) {
        char *error;
        CHECK(ssnn_classify_events(shared, events, count, scores, CLASSES, &error) >= 0 && error == NULL);
        if (i == 0)
            memcpy(first, scores, sizeof first);
        CHECK(memcmp(first, scores, sizeof first) == 0);
    }
    return unused;
}

/* closed asks until the model is closed under it. */
static void *closed(void *unused) {
    char *error;
    while (ssnn_classify_events(shared, events, count, NULL, 0, &error) >= 0)
        CHECK(error == NULL);
    CHECK(strstr(error, "the model is not open") != NULL);
    ssnn_free(error);
    return unused;
}

static void together(void *(*what)(void *), int closing) {
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&threads[i], NULL, what, NULL) == 0);
    if (closing)
        CHECK(ssnn_close(shared, NULL) == 0);
    for (int i = 0; i < 4; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

int main(int argc, char **argv) {
    CHECK(argc == 7);
    const char *path = argv[1], *recording = argv[3];
    ssnn_options options = {0};
    ssnn_facts facts;
    ssnn_model m, other;
    double scores[CLASSES];
    char *error;
    int class;
    size_t size, values;
    events = contents(argv[4], &size);
    count = size / sizeof *events;
    float *frames = contents(argv[5], &size);
    values = size / sizeof *frames;

    CHECK(ssnn_open(path, NULL, &m, &error) == 0 && m != 0 && error == NULL);
    CHECK(ssnn_describe(m, &facts, &error) == 0 && error == NULL);
    CHECK(facts.classes == CLASSES && facts.timesteps == 8 && facts.height == 34 && facts.width == 34 && facts.channels == 2);
    CHECK(facts.sensor_height == 34 && facts.sensor_width == 34);
    CHECK(values == (size_t)facts.timesteps * facts.height * facts.width * facts.channels);
    CHECK(strcmp(ssnn_class(m, 7), "7") == 0);
    CHECK(ssnn_class(m, -1) == NULL && ssnn_class(m, CLASSES) == NULL && ssnn_class(0, 0) == NULL);

    class = ssnn_classify_file(m, recording, scores, CLASSES, &error);
    print("file", class, scores, error);
    class = ssnn_classify_events(m, events, count, scores, CLASSES, &error);
    print("events", class, scores, error);
    class = ssnn_classify_frames(m, frames, values, scores, CLASSES, &error);
    print("frames", class, scores, error);
    float kept = frames[7];
    frames[7] = NAN;
    FAILS(ssnn_classify_frames(m, frames, values, scores, CLASSES, &error),
          "frames: NaN at timestep 1, sample 1, x 3, y 0, channel 1, want finite numbers");
    frames[7] = -INFINITY;
    FAILS(ssnn_classify_frames(m, frames, values, scores, CLASSES, &error), "frames: -Inf at timestep 1");
    frames[7] = kept;
    error = NULL;
    FAILS(ssnn_open(argv[6], NULL, &other, &error), "SHA-256 in its metadata");
    CHECK(other == 0);
    CHECK(ssnn_open_unverified(argv[6], NULL, &other, &error) == 0 && other != 0 && error == NULL);
    CHECK(ssnn_close(other, NULL) == 0);
    FAILS(ssnn_open_unverified(NULL, NULL, &other, &error), "ssnn_open_unverified: path is NULL");
    options.exits = argv[2];
    options.bits = 16;
    options.threads = 2;
    CHECK(ssnn_open(path, &options, &other, &error) == 0);
    class = ssnn_classify_file(other, recording, scores, CLASSES, &error);
    print("exits", class, scores, error);
    CHECK(ssnn_close(other, &error) == 0 && error == NULL);

    memset(scores, 0, sizeof scores);
    FAILS(ssnn_open("nowhere.safetensors", NULL, &other, &error), "nowhere.safetensors: no such file");
    CHECK(other == 0);
    FAILS(ssnn_open(recording, NULL, &other, &error), recording);
    FAILS(ssnn_open(NULL, NULL, &other, &error), "path is NULL");
    FAILS(ssnn_open(path, NULL, NULL, &error), "model is NULL");
    CHECK(ssnn_open(NULL, NULL, NULL, NULL) == -1);
    options.bits = 7;
    FAILS(ssnn_open(path, &options, &other, &error), "bits");
    options.bits = 0;
    options.threads = -1;
    FAILS(ssnn_open(path, &options, &other, &error), "threads is -1");
    options.threads = 0;
    options.exits = "nowhere.json";
    FAILS(ssnn_open(path, &options, &other, &error), "nowhere.json");
    FAILS(ssnn_describe(m, NULL, &error), "facts is NULL");
    FAILS(ssnn_describe(m + 99, &facts, &error), "the model is not open");
    FAILS(ssnn_classify_file(m, NULL, scores, CLASSES, &error), "path is NULL");
    FAILS(ssnn_classify_file(m, "nowhere.bin", scores, CLASSES, &error), "nowhere.bin");
    FAILS(ssnn_classify_file(m, recording, scores, CLASSES - 1, &error), "want room for 10");
    FAILS(ssnn_classify_file(m, recording, NULL, CLASSES, &error), "want room for 10");
    FAILS(ssnn_classify_file(0, recording, scores, CLASSES, &error), "the model is not open");
    FAILS(ssnn_classify_events(m, NULL, 1, scores, CLASSES, &error), "1 events");
    FAILS(ssnn_classify_events(m, events, (size_t)-1, scores, CLASSES, &error), "events is");
    FAILS(ssnn_classify_events(m, NULL, 0, scores, CLASSES, &error), "no events");
    uint16_t x = events[5].x;
    events[5].x = 34;
    FAILS(ssnn_classify_events(m, events, count, scores, CLASSES, &error), "34");
    events[5].x = x;
    int64_t t = events[5].t;
    events[5].t = events[4].t - 1;
    FAILS(ssnn_classify_events(m, events, count, scores, CLASSES, &error), "us");
    events[5].t = t;
    FAILS(ssnn_classify_frames(m, frames, values - 1, scores, CLASSES, &error), "want");
    FAILS(ssnn_classify_frames(m, NULL, values, scores, CLASSES, &error), "want");
    for (int i = 0; i < CLASSES; i++)
        CHECK(scores[i] == 0);
    CHECK(ssnn_classify_events(m, events, count, NULL, 0, NULL) >= 0);
    class = ssnn_classify_events(m, events, count, scores, CLASSES, &error);
    print("after", class, scores, error);

    shared = m;
    together(many, 0);
    together(closed, 1);
    FAILS(ssnn_close(m, &error), "the model is not open");
    FAILS(ssnn_close(0, &error), "the model is not open");
    ssnn_free(NULL);
    free(events);
    free(frames);
    return 0;
}
