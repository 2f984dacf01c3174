/* ssnn.h: recognise recordings of event cameras with a network that ssnn trained.
 *
 *     #include <stdio.h>
 *     #include "ssnn.h"
 *
 *     int main(void) {
 *         ssnn_model m;
 *         char *error;
 *         if (ssnn_open("model.safetensors", NULL, &m, &error) < 0) {
 *             fprintf(stderr, "%s\n", error);
 *             ssnn_free(error);
 *             return 1;
 *         }
 *         int class = ssnn_classify_file(m, "recording.aedat4", NULL, 0, &error);
 *         if (class >= 0)
 *             puts(ssnn_class(m, class));
 *         else
 *             fprintf(stderr, "%s\n", error);
 *         ssnn_free(error);
 *         ssnn_close(m, NULL);
 *         return class < 0;
 *     }
 *
 * Errors. A function that returns int returns -1 where it failed. It then sets *error to a line of text, which is the caller's: ssnn_free frees it. Where it
 * did not fail it sets *error to NULL. error itself may be NULL.
 *
 * Ownership. The library keeps no pointer of the caller's behind the end of a call, and changes nothing but what is said to be written. What ssnn_class returns
 * is the library's, and valid until ssnn_close. All other memory is the caller's.
 *
 * Threads. All functions may be called from any thread at any time. Calls on one model run side by side: each has memory of its own, which the model keeps for
 * later ones. ssnn_close waits for the calls under way; a model that is closed, or never was open, is an error and no crash.
 *
 * Process. The library brings the Go runtime with it: it starts threads, must not be unloaded (dlclose), and must not be used in a child after fork without
 * exec. Signal handlers that the program installs need SA_ONSTACK.
 */
#ifndef SSNN_H
#define SSNN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A model that is open; 0 is none. */
typedef uint64_t ssnn_model;

/* How a model is opened. All zero is the default, as is NULL in its place. */
typedef struct {
    int32_t bits;      /* of the weights: 8, 16 or 32; 0 stands for 32 */
    int32_t threads;   /* of each call; 0 stands for 1 */
    const char *exits; /* file of exits, as ssnn eval --exit --save writes it, where the network may answer early; NULL: nowhere */
    const char *format; /* of recordings whose beginning does not show it, where their names are not the usual ones either: "bin" of 40-bit events
                           that are not named *.bin, "csv" of tables without names of columns that are not named *.csv or *.txt, "evt2", "evt21",
                           "evt3" or "evt4" of words without the header of a Prophesee RAW file; NULL: what each file shows */
    int32_t skip_invalid; /* not 0: ssnn_classify_file leaves out events that lie outside of the sensor or are earlier than the one before, which
                             ssnn_skipped counts; 0: they are an error, unless the model says otherwise */
} ssnn_options;

/* What there is to know of a model. Frames are [timesteps][height][width][channels]. */
typedef struct {
    int32_t classes;
    int32_t timesteps;
    int32_t height, width, channels;
    int32_t sensor_height, sensor_width; /* pixels of the camera; events outside are an error */
} ssnn_facts;

/* The brightness of a pixel changed. */
typedef struct {
    int64_t t;     /* us, on any clock; none earlier than the one before */
    uint16_t x, y; /* pixels from the upper left */
    uint8_t on;    /* polarity: 0 darker, all else brighter */
} ssnn_event;

/* ssnn_open opens a model.safetensors, and sets *model: 0 where it fails. It returns 0. */
int ssnn_open(const char *path, const ssnn_options *options, ssnn_model *model, char **error);

/* ssnn_open_unverified is ssnn_open of a file whose contents need not fit the digest that it carries,
 * which else is an error: the file is damaged, or another program changed its tensors and left the
 * digest in. A file without a digest, as of other programs and earlier versions, both open. */
int ssnn_open_unverified(const char *path, const ssnn_options *options, ssnn_model *model, char **error);

/* ssnn_describe writes the facts. It returns 0. */
int ssnn_describe(ssnn_model model, ssnn_facts *facts, char **error);

/* ssnn_class returns the name of a class, in UTF-8; NULL where there is none of that number. */
const char *ssnn_class(ssnn_model model, int class_number);

/* The three that recognise return the number of the class, and write the scores of all classes, which are from 0 to 1 and have the sum 1. n is how many there
 * is room for at scores, and must be the number of classes; or scores is NULL and n 0, for none. Where they fail nothing is written. */

/* ssnn_classify_file recognises a recording in any format that ssnn reads. */
int ssnn_classify_file(ssnn_model model, const char *path, double *scores, size_t n, char **error);

/* ssnn_classify_events recognises count events, in the order of their times. */
int ssnn_classify_events(ssnn_model model, const ssnn_event *events, size_t count, double *scores, size_t n, char **error);

/* ssnn_classify_frames recognises frames; values is how many numbers they are, timesteps*height*width*channels. */
int ssnn_classify_frames(ssnn_model model, const float *frames, size_t values, double *scores, size_t n, char **error);

/* ssnn_skipped returns how many events were left out of all recordings of a model so far (see ssnn_options.skip_invalid); -1 where there is no such model. */
int64_t ssnn_skipped(ssnn_model model);

/* ssnn_free frees the text of an error; NULL is allowed. */
void ssnn_free(char *error);

/* ssnn_close closes a model, and frees all that belongs to it. It returns 0. */
int ssnn_close(ssnn_model model, char **error);

#ifdef __cplusplus
}
#endif
#endif
