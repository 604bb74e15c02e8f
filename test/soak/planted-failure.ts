/** The write that a target was asked to have fail. */
export class PlantedFailure extends Error {}
